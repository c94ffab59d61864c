// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include <array>

namespace mailkeep {

namespace {

struct Row {
    Errc code;
    std::string_view name;
    std::string_view hint;
};

constexpr std::array rows{
    Row{Errc::refused, "refused", ""},
    Row{Errc::corrupt, "corrupt", "Run `mailkeep verify --full` to see all that is damaged."},
    Row{Errc::network, "network", "Check the host name, the port and the connection."},
    Row{Errc::timeout, "timeout", "Try again later; the server did not answer in time."},
    Row{Errc::throttled, "throttled",
        "What came in is kept; the next run goes on where this one stopped."},
    Row{Errc::protocol, "protocol", "Check that host and port belong to a mail server."},
    Row{Errc::tls, "tls", "Check the port, --ca-file and --tls-fingerprint of the account."},
    Row{Errc::authentication, "authentication",
        "Check user name and password; many providers want an app password."},
    Row{Errc::storage, "storage", "Check free space and permissions of the data directory."},
    Row{Errc::in_use, "in_use", "Another mailkeep writes to this archive; wait until it ends."},
    Row{Errc::invalid, "invalid", ""},
    Row{Errc::not_found, "not_found", ""},
    Row{Errc::conflict, "conflict", ""},
    Row{Errc::cancelled, "cancelled", ""},
    Row{Errc::internal, "internal", "This is a fault of mailkeep; please report it."},
};

const Row& row_of(Errc code) {
    return rows.at(static_cast<std::size_t>(code));
}

}  // namespace

std::string_view name_of(Errc code) {
    return row_of(code).name;
}

std::optional<Errc> errc_from(std::string_view name) {
    for (const auto& row : rows) {
        if (row.name == name) {
            return row.code;
        }
    }
    return std::nullopt;
}

std::string_view hint_for(Errc code) {
    return row_of(code).hint;
}

Error::Error(Errc code, const std::string& text) : Error(code, text, std::string(hint_for(code))) {}

Error::Error(Errc code, const std::string& text, std::string hint)
    : std::runtime_error(text), code_(code), hint_(std::move(hint)) {}

Error Error::throttled(const std::string& text, std::chrono::milliseconds pause) {
    Error error(Errc::throttled, text);
    error.pause_ = pause;
    return error;
}

Error Error::at(std::string_view place) const {
    Error error(code_, std::string(place) + ": " + what(), hint_);
    error.pause_ = pause_;
    return error;
}

void broken_promise(std::string_view expression, std::string_view file, int line) {
    throw Error(Errc::internal, "broken promise " + std::string(expression) + " at " +
                                    std::string(file) + ":" + std::to_string(line));
}

}  // namespace mailkeep
