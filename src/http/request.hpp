// SPDX-License-Identifier: Apache-2.0
// A request and its reply as handlers see them: values, no library.
#pragma once

#include "mailkeep/catalog/catalog.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailkeep::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;
    std::string path;
    std::vector<std::string> captured;  ///< what stood in place of the pattern's {…}
    Fields query;
    Fields header;
    std::string body;
    std::string peer;                            ///< numeric address
    std::optional<catalog::WebSession> session;  ///< of who is signed in

    /// The first header field of this name, in any case. Nothing when it holds control characters:
    /// cpp-httplib undoes percent-encoding in values, so CR LF can stand there.
    [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
    /// A parameter of the query string; empty when not given.
    [[nodiscard]] std::string parameter(std::string_view name) const;
    /// A cookie's value; empty when there is none.
    [[nodiscard]] std::string cookie(std::string_view name) const;
};

class EventFeed;
class ExportStream;

struct Reply {
    Reply();
    Reply(int status_, std::string content_type_, std::string body_);
    Reply(Reply&&) noexcept;
    Reply& operator=(Reply&&) noexcept;
    ~Reply();

    /// Adds a header field; control characters in the value become blanks.
    Reply&& with(std::string name, std::string_view value) &&;

    int status = 200;
    std::string content_type;
    std::string body;
    Fields header;
    std::unique_ptr<EventFeed> events;       ///< instead of a body
    std::unique_ptr<ExportStream> download;  ///< likewise
};

[[nodiscard]] Reply json(int status, std::string body);
[[nodiscard]] Reply no_content();
/// Octets that never change under their address: strong ETag, 304 for who has them.
[[nodiscard]] Reply unchanging(const Request& request, std::string_view tag,
                               std::string content_type, std::string body);
/// Content-Disposition: attachment with a name in ASCII and in UTF-8 (RFC 6266, RFC 8187).
[[nodiscard]] std::string attachment_named(std::string_view utf8_name);

}  // namespace mailkeep::http
