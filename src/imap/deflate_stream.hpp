// SPDX-License-Identifier: Apache-2.0
// A stream both of whose directions are compressed (RFC 4978: raw deflate, flushed after each
// write). What a peer sends never takes more memory than it would uncompressed: octets are inflated
// as they are asked for, so that every bound on what is read holds.
#pragma once

#include "mailkeep/net/stream.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace mailkeep::imap {

/// Error{protocol} for what is no deflate stream; as it were unreadable from there on.
class DeflateStream final : public net::Stream {
  public:
    /// `early` was received already.
    DeflateStream(std::unique_ptr<net::Stream> inner, std::string early);
    ~DeflateStream() override;

    std::size_t read_some(std::span<char> into) override;
    void write_all(std::string_view octets) override;
    [[nodiscard]] bool wait_readable(std::chrono::milliseconds most) override;
    void start_tls() override;
    [[nodiscard]] std::vector<net::ChannelBinding> channel_bindings() const override;
    void set_timeout(std::chrono::milliseconds idle) override;
    [[nodiscard]] std::chrono::steady_clock::time_point now() const override;
    [[nodiscard]] bool is_near() const override;
    void close() noexcept override;

  private:
    class Codec;

    [[nodiscard]] bool receive();
    [[nodiscard]] std::size_t take_ahead(std::span<char> into);

    std::unique_ptr<net::Stream> inner_;
    std::unique_ptr<Codec> codec_;
    std::string ahead_;  ///< inflated to find out whether there is anything to be read
};

}  // namespace mailkeep::imap
