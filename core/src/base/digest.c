/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/digest.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

static void finish(struct sha256_ctx *state, char digest[TF_DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHA256_DIGEST_SIZE];

    sha256_digest(state, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        digest[2 * i] = digits[bytes[i] >> 4];
        digest[2 * i + 1] = digits[bytes[i] & 15];
    }
    digest[TF_DIGEST_SIZE - 1] = '\0';
}

void tf_digest_pieces(const tf_piece_of_bytes *pieces, size_t n, char digest[TF_DIGEST_SIZE])
{
    struct sha256_ctx state;

    sha256_init(&state);
    for (size_t k = 0; k < n; k++) {
        if (pieces[k].size > 0) {
            sha256_update(&state, pieces[k].size, pieces[k].bytes);
        }
    }
    finish(&state, digest);
}

void tf_digest_bytes(const void *bytes, size_t n, char digest[TF_DIGEST_SIZE])
{
    tf_digest_pieces(&(tf_piece_of_bytes){bytes, n}, 1, digest);
}

trefoil_status tf_digest_file(trefoil_context *context, const char *path, char digest[TF_DIGEST_SIZE])
{
    struct sha256_ctx state;
    uint8_t bytes[16384];
    FILE *file = fopen(path, "rb");
    size_t n;
    int failed;

    if (file == NULL) {
        return tf_fail(context, TREFOIL_FILE_FAILED, "%s: cannot be opened: %s", path, strerror(errno));
    }
    sha256_init(&state);
    while ((n = fread(bytes, 1, sizeof bytes, file)) > 0) {
        sha256_update(&state, n, bytes);
    }
    failed = ferror(file) ? errno : 0;
    fclose(file);
    if (failed != 0) {
        return tf_fail(context, TREFOIL_FILE_FAILED, "%s: cannot be read: %s", path, strerror(failed));
    }
    finish(&state, digest);
    return TREFOIL_DONE;
}
