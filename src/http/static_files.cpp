// SPDX-License-Identifier: Apache-2.0
// The page's files, built by web/ and compiled into the binary, and the description of the API.
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/embedded.hpp"
#include "mailkeep/base/error.hpp"

#include "api.hpp"
#include "reply.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace mailkeep {
std::span<const EmbeddedFile> embedded_openapi();
#ifdef MAILKEEP_WEB
std::span<const EmbeddedFile> embedded_page();
#endif
}  // namespace mailkeep

namespace mailkeep::http {

namespace {

#ifdef MAILKEEP_WEB
std::span<const EmbeddedFile> page() {
    return embedded_page();
}
#else
constexpr std::array stand_in{EmbeddedFile{
    "index.html",
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Mailkeep</title>"
    "<p>The service runs; its page was not built. Configure with -DMAILKEEP_WEB=ON.</p></html>\n"}};

std::span<const EmbeddedFile> page() {
    return stand_in;
}
#endif

std::string content_type_of(std::string_view path) {
    constexpr std::array<std::pair<std::string_view, const char*>, 5> types{{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".json", "application/json"},
    }};
    for (const auto& [ending, type] : types) {
        if (path.ends_with(ending)) {
            return type;
        }
    }
    return "application/octet-stream";
}

Reply file_reply(const Request& request, const EmbeddedFile& file) {
    return unchanging(request, sha256(file.octets).hex().substr(0, 16), content_type_of(file.path),
                      std::string(file.octets));
}

}  // namespace

Reply show_description(Api&, const Request& request) {
    return file_reply(request, embedded_openapi().front());
}

Reply page_file(const Request& request) {
    const std::string path = request.path == "/" ? "index.html" : request.path.substr(1);
    for (const EmbeddedFile& file : page()) {
        if (file.path == path) {
            return file_reply(request, file);
        }
    }
    return problem(404, Errc::not_found, "There is nothing here.");
}

}  // namespace mailkeep::http
