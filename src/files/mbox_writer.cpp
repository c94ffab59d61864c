// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/mbox_writer.hpp"

#include <fmt/chrono.h>

#include <algorithm>

namespace mailkeep::files {

namespace {

using namespace std::chrono;

constexpr std::string_view mark = "From ";
constexpr Timestamp first_year = sys_days{year{1000} / January / 1};
constexpr Timestamp last_year = sys_days{year{9999} / December / 31};

}  // namespace

std::string from_line(Timestamp internal_date) {
    const auto at = floor<seconds>(std::clamp(internal_date, first_year, last_year));
    return fmt::format("From MAILER-DAEMON {:%a %b %e %H:%M:%S %Y}\n",
                       fmt::gmtime(at.time_since_epoch().count()));
}

void MboxrdBody::write(std::string_view piece, const std::function<void(std::string_view)>& sink) {
    const auto give = [&](std::string_view octets) {
        if (!octets.empty()) {
            sink(octets);
            octets_ += octets.size();
        }
    };
    std::size_t given = 0;  // of the piece
    std::size_t at = 0;
    std::size_t from_before = matched_;  // octets of the mark that lie in an earlier piece
    while (at < piece.size()) {
        if (!is_in_quotes_) {
            const auto lf = piece.find('\n', at);
            is_in_quotes_ = lf != std::string_view::npos;
            at = is_in_quotes_ ? lf + 1 : piece.size();
        } else if (matched_ == 0 && piece[at] == '>') {
            ++at;
        } else if (piece[at] == mark[matched_]) {
            ++at;
            if (++matched_ == mark.size()) {
                const auto begin = at - (mark.size() - from_before);
                give(piece.substr(given, begin - given));
                give(">");
                give(mark);
                given = at;
                is_in_quotes_ = false;
                matched_ = from_before = 0;
            }
        } else {
            give(mark.substr(0, from_before));
            is_in_quotes_ = false;
            matched_ = from_before = 0;
        }
    }
    give(piece.substr(given, piece.size() - (matched_ - from_before) - given));
    ends_with_lf_ = piece.empty() ? ends_with_lf_ : piece.back() == '\n';
}

std::uint64_t MboxrdBody::finish(const std::function<void(std::string_view)>& sink) {
    sink(mark.substr(0, matched_));
    octets_ += matched_;
    sink(ends_with_lf_ ? "\n" : "\n\n");
    return octets_;
}

}  // namespace mailkeep::files
