// SPDX-License-Identifier: Apache-2.0
// The form in which a message goes to a server: each line ends with CRLF. Where the archived octets
// have a bare LF, which some servers refuse and the others change, it is sent as CRLF.
#pragma once

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/model/ids.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mailkeep::sync {

/// What is sent for a NUL, which no line of mail may hold (RFC 5322 section 2.3).
enum class Nul { as_it_is, replaced };

/// One message, in pieces.
class WireForm {
  public:
    using Sink = std::function<void(std::string_view)>;

    explicit WireForm(Nul nul = Nul::as_it_is) : nul_(nul) {}

    void add(std::string_view octets, const Sink& sink);

    [[nodiscard]] std::uint64_t size() const { return size_; }

    [[nodiscard]] bool has_nul() const { return has_nul_; }

    [[nodiscard]] bool has_bare_lf() const { return has_bare_lf_; }

  private:
    void add_line_ends(std::string_view octets, const Sink& sink);

    Nul nul_;
    char last_ = 0;
    std::uint64_t size_ = 0;
    bool has_nul_ = false;
    bool has_bare_lf_ = false;
};

/// The digest of a message as every server gives it back: in wire form, without line ends at its
/// end. Two messages equal in this form are one that went through different servers. Memory does
/// not grow with the message.
class CanonicalDigest {
  public:
    void add(std::string_view octets);
    [[nodiscard]] ContentId finish();

  private:
    void take(std::string_view wire);

    WireForm form_;
    Sha256 digest_;
    std::string line_ends_;  // at the end so far
};

}  // namespace mailkeep::sync
