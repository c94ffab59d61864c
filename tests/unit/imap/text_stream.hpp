// SPDX-License-Identifier: Apache-2.0
// Octets of a server without a conversation: for what is read, however little comes at once.
#pragma once

#include "mailkeep/net/line_reader.hpp"
#include "mailkeep/net/stream.hpp"

#include "response.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mailkeep::imap {

class TextStream final : public net::Stream {
  public:
    explicit TextStream(std::string octets,
                        std::size_t chunk = std::numeric_limits<std::size_t>::max())
        : octets_(std::move(octets)), chunk_(chunk) {}

    std::size_t read_some(std::span<char> into) override {
        const std::size_t count = std::min({into.size(), octets_.size() - read_, chunk_});
        std::copy_n(octets_.begin() + static_cast<std::ptrdiff_t>(read_), count, into.begin());
        read_ += count;
        return count;
    }

    void write_all(std::string_view) override {}

    void start_tls() override {}

    void set_timeout(std::chrono::milliseconds) override {}

    void close() noexcept override {}

    [[nodiscard]] bool is_read() const { return read_ == octets_.size(); }

  private:
    std::string octets_;
    std::size_t chunk_;
    std::size_t read_ = 0;
};

inline RawResponse raw_of(std::string_view octets,
                          std::size_t chunk = std::numeric_limits<std::size_t>::max()) {
    TextStream stream{std::string(octets), chunk};
    net::LineReader reader(stream);
    return read_response(reader);
}

inline Response response_of(std::string_view octets) {
    return parse_response(raw_of(octets));
}

/// The response as the kind it has to be.
template <class Kind>
Kind parsed_as(std::string_view octets) {
    return std::get<Kind>(response_of(octets));
}

}  // namespace mailkeep::imap
