/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 of files, for provenance (libcrypto is not linked: GnuTLS' nettle is, see CONTRIBUTING). */
#ifndef TF_BASE_DIGEST_H
#define TF_BASE_DIGEST_H

#include "base/status.h"

enum { TF_DIGEST_SIZE = 65 };

trefoil_status tf_digest_file(trefoil_context *context, const char *path, char digest[TF_DIGEST_SIZE]);
void tf_digest_bytes(const void *bytes, size_t n, char digest[TF_DIGEST_SIZE]);

/* Bytes in several places, one after another. */
typedef struct tf_piece_of_bytes {
    const void *bytes;
    size_t size;
} tf_piece_of_bytes;
void tf_digest_pieces(const tf_piece_of_bytes *pieces, size_t n, char digest[TF_DIGEST_SIZE]);

#endif
