// SPDX-License-Identifier: Apache-2.0
#include "block.hpp"

#include "mailkeep/base/error.hpp"

#include <zstd.h>

#include <algorithm>

namespace mailkeep::archive {

namespace {

constexpr std::size_t least_worth_compressing = 512;
/// 8 MiB, as no payload is larger.
constexpr int largest_window_log = 23;

}  // namespace

struct Compressor::Context {
    ZSTD_CCtx* zstd = ZSTD_createCCtx();

    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    ~Context() { ZSTD_freeCCtx(zstd); }
};

Compressor::Compressor(int level, int least_gain)
    : context_(std::make_unique<Context>()), least_gain_(least_gain) {
    MAILKEEP_ASSERT(context_->zstd != nullptr);
    ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_checksumFlag, 1);
}

Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

std::optional<std::string_view> Compressor::compress(std::string_view raw) {
    if (raw.size() < least_worth_compressing) {
        return std::nullopt;
    }
    stored_.resize(std::max(stored_.size(), ZSTD_compressBound(raw.size())));
    const auto size =
        ZSTD_compress2(context_->zstd, stored_.data(), stored_.size(), raw.data(), raw.size());
    MAILKEEP_ASSERT(ZSTD_isError(size) == 0U);
    const auto gain = raw.size() * static_cast<std::size_t>(least_gain_) / 100;
    if (size >= raw.size() - gain) {
        return std::nullopt;
    }
    return std::string_view(stored_).substr(0, size);
}

std::optional<std::string> decompress(std::string_view stored, std::size_t raw_size) {
    std::string raw(raw_size, '\0');
    const auto size = ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
    if (ZSTD_isError(size) != 0U || size != raw_size) {
        return std::nullopt;
    }
    return raw;
}

struct Decompressor::Context {
    ZSTD_DCtx* zstd = ZSTD_createDCtx();

    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    ~Context() { ZSTD_freeDCtx(zstd); }
};

Decompressor::Decompressor() : context_(std::make_unique<Context>()) {
    MAILKEEP_ASSERT(context_->zstd != nullptr);
    ZSTD_DCtx_setParameter(context_->zstd, ZSTD_d_windowLogMax, largest_window_log);
}

Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

std::optional<std::size_t> Decompressor::decompress(std::string_view& stored,
                                                    std::span<char> into) {
    ZSTD_inBuffer in{stored.data(), stored.size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (out.pos < out.size) {
        const auto out_before = out.pos;
        const auto in_before = in.pos;
        if (ZSTD_isError(ZSTD_decompressStream(context_->zstd, &out, &in)) != 0U) {
            return std::nullopt;
        }
        if (out.pos == out_before && in.pos == in_before) {
            break;
        }
    }
    stored.remove_prefix(in.pos);
    return out.pos;
}

std::uint32_t zstd_version() {
    return ZSTD_versionNumber();
}

}  // namespace mailkeep::archive
