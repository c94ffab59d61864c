// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/uri.hpp"

#include "mailkeep/base/text.hpp"

#include <Poco/Exception.h>
#include <Poco/Glob.h>
#include <Poco/URI.h>

namespace mailkeep {

std::optional<Uri> parse_uri(std::string_view text) {
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    Uri uri;
    uri.scheme = to_lower_ascii(text.substr(0, colon));
    const auto rest = text.substr(colon + 3);
    const auto at = rest.substr(0, rest.find('/')).rfind('@');
    const auto host = at == std::string_view::npos ? rest : rest.substr(at + 1);
    try {
        if (at != std::string_view::npos) {
            Poco::URI::decode(std::string(rest.substr(0, at)), uri.user);
        }
        const Poco::URI parsed("x://" + std::string(host));
        uri.host = parsed.getHost();
        uri.port = parsed.getPort();
        uri.path = parsed.getPath();
    } catch (const Poco::Exception&) {
        return std::nullopt;
    }
    return uri;
}

std::string encode_uri_user(std::string_view user) {
    std::string encoded;
    Poco::URI::encode(std::string(user), "/?#:%[]", encoded);
    return encoded;
}

bool matches_glob(std::string_view pattern, const std::string& text) {
    try {
        return Poco::Glob(std::string(pattern)).match(text);
    } catch (const Poco::Exception&) {
        return false;
    }
}

}  // namespace mailkeep
