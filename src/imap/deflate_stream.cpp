// SPDX-License-Identifier: Apache-2.0
#include "deflate_stream.hpp"

#include "mailkeep/base/error.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace mailkeep::imap {

namespace {

constexpr int raw_window = -15;  // no zlib header
constexpr int usual_memory = 8;
constexpr std::size_t piece = std::size_t{64} << 10U;

Bytef* octets_of(char* text) {
    return reinterpret_cast<Bytef*>(text);
}

}  // namespace

/// zlib's two directions, and the octets that wait to be inflated.
class DeflateStream::Codec {
  public:
    explicit Codec(std::string early) : received_(std::move(early)) {
        const bool is_ready = inflateInit2(&in_, raw_window) == Z_OK &&
                              deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw_window,
                                           usual_memory, Z_DEFAULT_STRATEGY) == Z_OK;
        if (!is_ready)
            throw Error(Errc::internal, "zlib does not begin");
        offer();
    }

    ~Codec() {
        inflateEnd(&in_);
        deflateEnd(&out_);
    }

    Codec(const Codec&) = delete;
    Codec& operator=(const Codec&) = delete;

    [[nodiscard]] bool has_ended() const { return has_ended_; }

    /// Where received octets go; all that came before are inflated.
    [[nodiscard]] std::span<char> room() {
        received_.resize(piece);
        return received_;
    }

    void accept(std::size_t octets) {
        received_.resize(octets);
        offer();
    }

    /// 0: more has to be received first, or it has ended.
    [[nodiscard]] std::size_t inflate_into(std::span<char> into) {
        if (has_ended_)
            return 0;
        in_.next_out = octets_of(into.data());
        in_.avail_out = static_cast<uInt>(std::min(into.size(), piece));
        const uInt wanted = in_.avail_out;
        const int outcome = inflate(&in_, Z_SYNC_FLUSH);
        has_ended_ = outcome == Z_STREAM_END;
        if (outcome != Z_OK && outcome != Z_BUF_ERROR && !has_ended_) {
            has_ended_ = true;
            throw Error(Errc::protocol, "the mail server sent what cannot be decompressed");
        }
        return wanted - in_.avail_out;
    }

    [[nodiscard]] std::string deflated(std::string_view octets) {
        std::string plain(octets);
        std::string packed;
        out_.next_in = octets_of(plain.data());
        out_.avail_in = static_cast<uInt>(plain.size());
        std::array<char, 4096> step{};
        do {
            out_.next_out = octets_of(step.data());
            out_.avail_out = static_cast<uInt>(step.size());
            MAILKEEP_ASSERT(deflate(&out_, Z_SYNC_FLUSH) != Z_STREAM_ERROR);
            packed.append(step.data(), step.size() - out_.avail_out);
        } while (out_.avail_out == 0);
        return packed;
    }

  private:
    void offer() {
        in_.next_in = octets_of(received_.data());
        in_.avail_in = static_cast<uInt>(received_.size());
    }

    z_stream in_{};
    z_stream out_{};
    std::string received_;
    bool has_ended_ = false;
};

DeflateStream::DeflateStream(std::unique_ptr<net::Stream> inner, std::string early)
    : inner_(std::move(inner)), codec_(std::make_unique<Codec>(std::move(early))) {}

DeflateStream::~DeflateStream() = default;

std::size_t DeflateStream::read_some(std::span<char> into) {
    for (;;) {
        const std::size_t ahead = take_ahead(into);
        const std::size_t octets = ahead > 0 ? ahead : codec_->inflate_into(into);
        if (octets > 0 || codec_->has_ended() || !receive())
            return octets;
    }
}

/// False: the peer ended the stream.
bool DeflateStream::receive() {
    const std::size_t octets = inner_->read_some(codec_->room());
    codec_->accept(octets);
    return octets > 0;
}

std::size_t DeflateStream::take_ahead(std::span<char> into) {
    const std::size_t octets = std::min(into.size(), ahead_.size());
    std::memcpy(into.data(), ahead_.data(), octets);
    ahead_.erase(0, octets);
    return octets;
}

void DeflateStream::write_all(std::string_view octets) {
    inner_->write_all(codec_->deflated(octets));
}

/// Octets that were received may inflate to nothing yet.
bool DeflateStream::wait_readable(std::chrono::milliseconds most) {
    const auto end = now() + most;
    for (;;) {
        if (ahead_.empty()) {
            ahead_.resize(piece);
            ahead_.resize(codec_->inflate_into(ahead_));
        }
        if (!ahead_.empty() || codec_->has_ended())
            return true;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now());
        if (!inner_->wait_readable(std::max(left, std::chrono::milliseconds(0))))
            return false;
        if (!receive())
            return true;
    }
}

void DeflateStream::start_tls() {
    throw Error(Errc::internal, "TLS begins before compression");
}

std::vector<net::ChannelBinding> DeflateStream::channel_bindings() const {
    return inner_->channel_bindings();
}

void DeflateStream::set_timeout(std::chrono::milliseconds idle) {
    inner_->set_timeout(idle);
}

std::chrono::steady_clock::time_point DeflateStream::now() const {
    return inner_->now();
}

bool DeflateStream::is_near() const {
    return inner_->is_near();
}

void DeflateStream::close() noexcept {
    inner_->close();
}

}  // namespace mailkeep::imap
