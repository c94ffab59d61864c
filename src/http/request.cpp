// SPDX-License-Identifier: Apache-2.0
#include "request.hpp"

#include "mailkeep/base/text.hpp"

#include "event_feed.hpp"
#include "export_stream.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace mailkeep::http {

namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// attr-char of RFC 8187.
bool stands_for_itself(char c) {
    constexpr std::string_view others = "!#$&+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           others.find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> Request::field(std::string_view name) const {
    for (const auto& [key, value] : header) {
        if (!equals_ignoring_case(key, name)) {
            continue;
        }
        if (std::any_of(value.begin(), value.end(), is_control)) {
            return std::nullopt;
        }
        return value;
    }
    return std::nullopt;
}

std::string Request::parameter(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

std::string Request::cookie(std::string_view name) const {
    const std::string all = field("Cookie").value_or("");
    for (const std::string_view pair : split(all, ';')) {
        const std::string_view cookie = trim(pair);
        const std::size_t equals = cookie.find('=');
        if (equals != std::string_view::npos && cookie.substr(0, equals) == name) {
            return std::string(cookie.substr(equals + 1));
        }
    }
    return {};
}

Reply::Reply() = default;

Reply::Reply(int status_, std::string content_type_, std::string body_)
    : status(status_), content_type(std::move(content_type_)), body(std::move(body_)) {}

Reply::Reply(Reply&&) noexcept = default;
Reply& Reply::operator=(Reply&&) noexcept = default;
Reply::~Reply() = default;

Reply&& Reply::with(std::string name, std::string_view value) && {
    std::string clean(value);
    std::replace_if(clean.begin(), clean.end(), is_control, ' ');
    header.emplace_back(std::move(name), std::move(clean));
    return std::move(*this);
}

Reply json(int status, std::string body) {
    return {status, "application/json", std::move(body)};
}

Reply no_content() {
    return {204, "", ""};
}

Reply unchanging(const Request& request, std::string_view tag, std::string content_type,
                 std::string body) {
    const std::string quoted = fmt::format("\"{}\"", tag);
    const bool has_it =
        request.field("If-None-Match").value_or("").find(quoted) != std::string::npos;
    Reply reply =
        has_it ? Reply(304, "", "") : Reply(200, std::move(content_type), std::move(body));
    return std::move(reply).with("ETag", quoted).with("Cache-Control", "private, no-cache");
}

std::string attachment_named(std::string_view utf8_name) {
    std::string plain;
    std::string encoded;
    for (const char c : clip(utf8_name, 200)) {
        const bool is_safe = stands_for_itself(c) || c == ' ';
        plain += is_safe ? c : '_';
        encoded += stands_for_itself(c) ? std::string(1, c)
                                        : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, encoded);
}

}  // namespace mailkeep::http
