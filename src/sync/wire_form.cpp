// SPDX-License-Identifier: Apache-2.0
#include "wire_form.hpp"

namespace mailkeep::sync {

namespace {

/// What Dovecot shows for a NUL it was given.
constexpr std::string_view in_place_of_nul = "\x80";

/// Of line ends at the end; of more the first ones count as text.
constexpr std::size_t line_ends_held = std::size_t{64} << 10U;

}  // namespace

void WireForm::add(std::string_view octets, const Sink& sink) {
    for (;;) {
        const auto nul = octets.find('\0');
        has_nul_ = has_nul_ || nul != octets.npos;
        if (nul == octets.npos || nul_ == Nul::as_it_is) {
            add_line_ends(octets, sink);
            return;
        }
        add_line_ends(octets.substr(0, nul), sink);
        add_line_ends(in_place_of_nul, sink);
        octets.remove_prefix(nul + 1);
    }
}

void WireForm::add_line_ends(std::string_view octets, const Sink& sink) {
    const auto put = [&](std::string_view piece) {
        size_ += piece.size();
        if (!piece.empty()) {
            sink(piece);
        }
    };
    if (octets.empty()) {
        return;
    }
    std::size_t begin = 0;
    for (auto at = octets.find('\n'); at != octets.npos; at = octets.find('\n', at + 1)) {
        if ((at == 0 ? last_ : octets[at - 1]) == '\r') {
            continue;
        }
        has_bare_lf_ = true;
        put(octets.substr(begin, at - begin));
        put("\r");
        begin = at;
    }
    put(octets.substr(begin));
    last_ = octets.back();
}

void CanonicalDigest::add(std::string_view octets) {
    form_.add(octets, [&](std::string_view wire) { take(wire); });
}

void CanonicalDigest::take(std::string_view wire) {
    const auto text_end = wire.find_last_not_of("\r\n") + 1;
    if (text_end > 0) {
        digest_.add(line_ends_);
        line_ends_.clear();
        digest_.add(wire.substr(0, text_end));
    }
    line_ends_ += wire.substr(text_end);
    if (line_ends_.size() > line_ends_held) {
        const auto surplus = line_ends_.size() - line_ends_held;
        digest_.add(std::string_view(line_ends_).substr(0, surplus));
        line_ends_.erase(0, surplus);
    }
}

ContentId CanonicalDigest::finish() {
    return digest_.finish();
}

}  // namespace mailkeep::sync
