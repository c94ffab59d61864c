// SPDX-License-Identifier: Apache-2.0
#include "block.hpp"

#include "mailkeep/base/error.hpp"

#define ZSTD_STATIC_LINKING_ONLY  // parameters that are exported, but not promised for ever
#include <zstd.h>

#include <algorithm>
#include <utility>

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

Compressor::Compressor(int level, int least_gain, const Search& search)
    : context_(std::make_unique<Context>()), least_gain_(least_gain) {
    MAILKEEP_ASSERT(context_->zstd != nullptr);
    ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_hashLog, search.hash_log);
    ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_chainLog, search.chain_log);
    ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_searchLog, search.search_log);
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

std::optional<std::string> decompress(std::string_view stored, std::size_t raw_size,
                                      std::string room) {
    room.resize(raw_size);
    const auto size = ZSTD_decompress(room.data(), room.size(), stored.data(), stored.size());
    if (ZSTD_isError(size) != 0U || size != raw_size) {
        return std::nullopt;
    }
    return room;
}

struct Decompressor::Context {
    ZSTD_DCtx* zstd = ZSTD_createDCtx();
    std::size_t size;
    std::unique_ptr<char[]> raw;  // not a string: to clear it would take as long as to fill it
    std::size_t done = 0;
    std::size_t next = 0;  // stored octets that make the next step: a block, most of the time

    explicit Context(std::size_t raw_size) : size(raw_size), raw(new char[raw_size]) {}

    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    ~Context() { ZSTD_freeDCtx(zstd); }
};

Decompressor::Decompressor(std::size_t raw_size) : context_(std::make_unique<Context>(raw_size)) {
    MAILKEEP_ASSERT(context_->zstd != nullptr);
    ZSTD_DCtx_setParameter(context_->zstd, ZSTD_d_windowLogMax, largest_window_log);
    // Without it zstd decodes into a window of its own and copies.
    ZSTD_DCtx_setParameter(context_->zstd, ZSTD_d_stableOutBuffer, 1);
    // One bit that rotted often costs some octets only: whose they are is found out by digests.
    ZSTD_DCtx_setParameter(context_->zstd, ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
    context_->next = ZSTD_initDStream(context_->zstd);
}

Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

/// Step by step, since zstd forgets all that a call decoded when it ends with an error.
std::optional<std::string_view> Decompressor::reach(std::size_t wanted, std::string_view& stored) {
    auto& [zstd, size, raw, done, next] = *context_;
    while (done < std::min(wanted, size) && next > 0 && !stored.empty()) {
        ZSTD_inBuffer in{stored.data(), std::min(stored.size(), next), 0};
        ZSTD_outBuffer out{raw.get(), size, done};
        next = ZSTD_decompressStream(zstd, &out, &in);
        if (ZSTD_isError(next) != 0U) {
            next = 0;
            return std::nullopt;
        }
        done = out.pos;
        stored.remove_prefix(in.pos);
    }
    return std::string_view(raw.get(), done);
}

std::uint32_t zstd_version() {
    return ZSTD_versionNumber();
}

}  // namespace mailkeep::archive
