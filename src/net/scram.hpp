// SPDX-License-Identifier: Apache-2.0
// SCRAM from the client's side (RFC 5802, RFC 7677), with and without channel binding, as the plain
// messages. A server that does not prove that it knows the password, too, is not logged in to.
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/hmac.hpp"
#include "mailkeep/model/account.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::net {

/// A user name where commas divide (RFC 5801 section 4).
[[nodiscard]] std::string sasl_name(std::string_view user);

/// gs2_header: "n,,", "y,,", "p=tls-exporter,,"; binding: the octets of the last.
struct ScramBinding {
    std::string gs2_header = "n,,";
    std::string octets;
};

/// One exchange: first(), then answer() to each of the server's two messages.
class Scram {
  public:
    Scram(HashKind hash, Credentials credentials, ScramBinding binding, std::string nonce);

    [[nodiscard]] std::string first() const;

    /// Nothing when the message is not what the RFC has the server say; fault() tells then.
    [[nodiscard]] std::optional<std::string> answer(std::string_view message);

    [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

    /// Whether the server has been given what only the owner of the password can make.
    [[nodiscard]] bool has_proven() const { return !server_signature_.empty(); }

    /// Whether the server has, too.
    [[nodiscard]] bool is_server_proven() const { return is_server_proven_; }

  private:
    [[nodiscard]] std::optional<std::string> prove(std::string_view message);
    [[nodiscard]] std::optional<std::string> check(std::string_view message);
    [[nodiscard]] std::string final_message(std::string_view server_first,
                                            const std::string& salted, std::string_view nonce);
    [[nodiscard]] std::string first_bare() const;
    std::nullopt_t fail(Errc code, const std::string& text);

    HashKind hash_;
    Credentials credentials_;
    ScramBinding binding_;
    std::string nonce_;
    std::string server_signature_;  ///< what the server must say at the end
    bool is_server_proven_ = false;
    std::optional<Error> fault_;
};

}  // namespace mailkeep::net
