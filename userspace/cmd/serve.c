// SPDX-License-Identifier: GPL-2.0
/* Metrics over HTTP, through libmicrohttpd. */
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kpager.h"
#include "metrics.h"
#include "output.h"

/* Clients that are waited for at a time, and for how many seconds. */
#define CLIENTS		16
#define PATIENCE	10

static enum MHD_Result answer_text(struct MHD_Connection *connection,
				   unsigned int status, const char *type,
				   char *text, size_t length)
{
	struct MHD_Response *response;
	enum MHD_Result ret;

	/* From here on the text is the response's. */
	response = MHD_create_response_from_buffer(length, text,
						   MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	ret = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return ret;
}

static enum MHD_Result answer_line(struct MHD_Connection *connection,
				   unsigned int status, const char *line)
{
	char *text = strdup(line);

	if (!text)
		return MHD_NO;
	return answer_text(connection, status, "text/plain; charset=utf-8",
			   text, strlen(text));
}

static enum MHD_Result answer_metrics(struct MHD_Connection *connection)
{
	struct kpager_error error;
	struct sample *sample;
	char line[600];
	size_t length;
	char *text;

	/* The module may be loaded anew while we run: no reason to end. */
	if (sample_take(0, NULL, 0, &sample, &error)) {
		snprintf(line, sizeof(line), "%s\n", error.text);
		return answer_line(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				   line);
	}
	text = metrics_text(sample, &length);
	sample_free(sample);
	return answer_text(connection, MHD_HTTP_OK,
			   "text/plain; version=0.0.4; charset=utf-8", text,
			   length);
}

static enum MHD_Result answer(void *unused, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *data,
			      size_t *size, void **state)
{
	static int seen;

	(void)unused;
	(void)version;
	(void)data;
	/* The first call has the headers only; a body is not for us. */
	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	if (*size) {
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD))
		return answer_line(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				   "only GET and HEAD\n");
	if (!strcmp(url, "/metrics"))
		return answer_metrics(connection);
	if (!strcmp(url, "/"))
		return answer_line(connection, MHD_HTTP_OK,
				   "kpager's metrics are at /metrics\n");
	return answer_line(connection, MHD_HTTP_NOT_FOUND, "see /metrics\n");
}

/*
 * Take "HOST:PORT" apart.
 *
 * Return: the address, to be freed with freeaddrinfo(), or NULL after a usage
 * error.
 */
static struct addrinfo *parse_address(const char *address)
{
	static const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	const char *colon = strrchr(address, ':');
	struct addrinfo *result;
	char host[128];
	size_t length;

	length = colon ? (size_t)(colon - address) : 0;
	if (length && address[0] == '[' && address[length - 1] == ']') {
		address++;
		length -= 2;
	}
	snprintf(host, sizeof(host), "%.*s", (int)length, address);
	if (!length || !colon[1] ||
	    getaddrinfo(host, colon + 1, &hints, &result)) {
		usage_error("--listen needs ADDRESS:PORT, such as 127.0.0.1:9750 or [::1]:9750");
		return NULL;
	}
	return result;
}

static int open_socket(const struct addrinfo *info)
{
	const int one = 1;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, info->ai_addr, info->ai_addrlen) || listen(fd, CLIENTS)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Say where, which is news if the port was 0. */
static void say_where(int fd)
{
	char host[128] = "?", port[16] = "?";
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	bool brackets;

	if (!getsockname(fd, (struct sockaddr *)&address, &size))
		getnameinfo((struct sockaddr *)&address, size, host,
			    sizeof(host), port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV);
	brackets = strchr(host, ':');
	fprintf(stderr, "kpager: metrics at http://%s%s%s:%s/metrics\n",
		brackets ? "[" : "", host, brackets ? "]" : "", port);
}

int metrics_serve(const char *address)
{
	struct addrinfo *info = parse_address(address);
	struct MHD_Daemon *daemon;
	sigset_t signals;
	int signal, fd;

	if (!info)
		return EXIT_USAGE;
	fd = open_socket(info);
	freeaddrinfo(info);
	if (fd < 0) {
		fprintf(stderr, "kpager: listen on %s: %s\n", address,
			strerror(errno));
		return errno == EACCES ? EXIT_DENIED : EXIT_FAILED;
	}
	/* Before there are threads, which inherit it. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL,
				  NULL, answer, NULL, MHD_OPTION_LISTEN_SOCKET,
				  fd, MHD_OPTION_CONNECTION_LIMIT, CLIENTS,
				  MHD_OPTION_CONNECTION_TIMEOUT, PATIENCE,
				  MHD_OPTION_END);
	if (!daemon) {
		fprintf(stderr, "kpager: listen on %s: the server does not start\n",
			address);
		close(fd);
		return EXIT_FAILED;
	}
	say_where(fd);
	while (sigwait(&signals, &signal))
		;
	MHD_stop_daemon(daemon);
	return EXIT_DONE;
}
