/* What goes through a descriptor, as it is or, in programs that are built with -DTLS, through OpenSSL. */
#include <sys/socket.h>
#include <sys/types.h>

#ifdef TLS
#include <limits.h>
#include <openssl/ssl.h>

static SSL_CTX *tls_context;
static SSL *tls_of[1 << 16];

static inline void tls_check(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "TLS: %s\n", what);
        exit(1);
    }
}

/* For a server, with its certificate and key. */
static inline void tls_serve(const char *certificate, const char *key) {
    tls_context = SSL_CTX_new(TLS_server_method());
    tls_check(SSL_CTX_use_certificate_chain_file(tls_context, certificate) == 1 &&
                  SSL_CTX_use_PrivateKey_file(tls_context, key, SSL_FILETYPE_PEM) == 1,
              "the certificate");
}

/* For a client, with the authority that it trusts. */
static inline void tls_trust(const char *authority) {
    tls_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(tls_context, SSL_VERIFY_PEER, NULL);
    tls_check(SSL_CTX_load_verify_locations(tls_context, authority, NULL) == 1, "the authority");
}

static inline int tls_begin(int fd, int is_server) {
    SSL *tls = SSL_new(tls_context);
    SSL_set_fd(tls, fd);
    tls_of[fd] = tls;
    return (is_server ? SSL_accept(tls) : SSL_connect(tls)) == 1;
}

static inline void tls_end(int fd) {
    SSL_free(tls_of[fd]);
    tls_of[fd] = NULL;
}

static inline ssize_t put(int fd, const void *bytes, size_t length) {
    return SSL_write(tls_of[fd], bytes, length > INT_MAX ? INT_MAX : (int)length);
}

static inline ssize_t take(int fd, void *bytes, size_t room) {
    return SSL_read(tls_of[fd], bytes, (int)room);
}
#else
static inline ssize_t put(int fd, const void *bytes, size_t length) {
    return send(fd, bytes, length, MSG_NOSIGNAL);
}

static inline ssize_t take(int fd, void *bytes, size_t room) {
    return recv(fd, bytes, room, 0);
}
#endif
