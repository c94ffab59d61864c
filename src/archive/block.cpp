// SPDX-License-Identifier: Apache-2.0
#include "block.hpp"

#include "mailkeep/base/error.hpp"

#include <zstd.h>

#include <memory>

namespace mailkeep::archive {

namespace {

constexpr int level = 3;
constexpr std::size_t least_worth_compressing = 512;

struct Deleter {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

std::optional<std::string> compress(std::string_view raw) {
    if (raw.size() < least_worth_compressing) {
        return std::nullopt;
    }
    const std::unique_ptr<ZSTD_CCtx, Deleter> context(ZSTD_createCCtx());
    MAILKEEP_ASSERT(context != nullptr);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string stored(ZSTD_compressBound(raw.size()), '\0');
    const auto size =
        ZSTD_compress2(context.get(), stored.data(), stored.size(), raw.data(), raw.size());
    MAILKEEP_ASSERT(ZSTD_isError(size) == 0U);
    if (size >= raw.size()) {
        return std::nullopt;
    }
    stored.resize(size);
    return stored;
}

std::optional<std::string> decompress(std::string_view stored, std::size_t raw_size) {
    std::string raw(raw_size, '\0');
    const auto size = ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
    if (ZSTD_isError(size) != 0U || size != raw_size) {
        return std::nullopt;
    }
    return raw;
}

}  // namespace mailkeep::archive
