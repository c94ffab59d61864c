// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/abridgement.hpp"

#include <algorithm>

namespace mailkeep::mail {

namespace {

constexpr std::string_view delimiter_start = "--";
constexpr std::size_t kept_of_part = std::size_t{1} << 20;

}  // namespace

void Abridgement::add(std::string_view octets) {
    while (!octets.empty()) {
        if (start_.size() == delimiter_start.size()) {
            const auto end = octets.find('\n');
            const auto rest = octets.substr(0, end == octets.npos ? end : end + 1);
            keep(rest);
            octets.remove_prefix(rest.size());
            if (end != std::string_view::npos) {
                start_.clear();
            }
            continue;
        }
        start_ += octets.front();
        octets.remove_prefix(1);
        if (start_.back() == '\n') {
            if (is_in_header_ && (start_ == "\n" || start_ == "\r\n")) {
                is_in_header_ = false;
                begin_part();
            }
            keep(start_);
            start_.clear();
        } else if (start_.size() == delimiter_start.size()) {
            if (start_ == delimiter_start) {
                begin_part();
            }
            keep(start_);
        }
    }
}

/// The line before may have been cut.
void Abridgement::begin_part() {
    const std::string_view line_end = text_.empty() || text_.back() == '\n' ? "" : "\r\n";
    if (text_.size() + line_end.size() >= summarized_whole) {
        left_ = 0;
        return;
    }
    text_ += line_end;
    left_ = std::min<std::size_t>(kept_of_part, summarized_whole - text_.size());
}

void Abridgement::keep(std::string_view octets) {
    const auto kept = octets.substr(0, left_);
    text_ += kept;
    left_ -= kept.size();
}

}  // namespace mailkeep::mail
