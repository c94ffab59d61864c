// SPDX-License-Identifier: Apache-2.0
// The tree of a message (RFC 2046), walked depth first. Children are views into the octets of their
// parent: outer boundaries are looked for first, so an inner multipart that was never closed cannot
// run over what encloses it.
#include "mailkeep/base/text.hpp"

#include "header.hpp"
#include "inner_files.hpp"
#include "reader.hpp"
#include "transfer_encoding.hpp"

#include <algorithm>

namespace mailkeep::mail {

namespace {

/// Transfer encoding grows text to three times its size at most.
constexpr std::size_t most_encoded_octets = 4 * most_text_octets;

enum class Around { nothing, mixed, related, alternative, digest };

/// Where an entity stands.
struct Place {
    Around around = Around::nothing;
    std::size_t depth = 0;
    bool is_in_message = false;  ///< within an attached message
    bool is_decoded = false;     ///< within a container that was itself transfer-encoded
};

/// Reports that people read: bounces, receipts, complaints.
bool is_report(std::string_view type) {
    return type == "message/delivery-status" || type == "message/disposition-notification" ||
           type == "message/feedback-report";
}

bool is_text(std::string_view type) {
    return type.starts_with("text/") || is_report(type);
}

bool ends_word(std::string_view after) {
    return after.empty() || std::string_view(" \t\r").find(after.front()) != std::string_view::npos;
}

/// delimiter := "--" boundary; close-delimiter := delimiter "--"; both with transport padding
/// (RFC 2046 section 5.1.1). What stands behind a blank is ignored, as the notes there advise.
bool is_delimiter(std::string_view line, std::string_view boundary) {
    if (!line.starts_with("--") || !line.substr(2).starts_with(boundary)) {
        return false;
    }
    const auto after = line.substr(2 + boundary.size());
    return ends_word(after) || (after.starts_with("--") && ends_word(after.substr(2)));
}

bool is_close_delimiter(std::string_view line, std::string_view boundary) {
    return line.substr(2 + boundary.size()).starts_with("--");
}

/// The line end before a delimiter belongs to the delimiter.
std::string_view without_last_line_end(std::string_view octets) {
    octets.remove_suffix(octets.ends_with('\n') ? 1 : 0);
    octets.remove_suffix(octets.ends_with('\r') ? 1 : 0);
    return octets;
}

/// At most `limit` children. What stands between a close-delimiter and a further delimiter is left
/// out; children after it are taken, since some gateways join multiparts that way.
std::vector<std::string_view> split_multipart(std::string_view body, std::string_view boundary,
                                              std::size_t limit) {
    std::vector<std::string_view> children;
    auto rest = body;
    const char* begin = nullptr;  // of the open child
    while (!rest.empty() && children.size() < limit) {
        const auto* const line_begin = rest.data();
        const auto line = take_line(rest);
        if (!is_delimiter(line, boundary)) {
            continue;
        }
        if (begin != nullptr) {
            children.push_back(
                without_last_line_end({begin, static_cast<std::size_t>(line_begin - begin)}));
        }
        begin = is_close_delimiter(line, boundary) ? nullptr : rest.data();
    }
    if (begin != nullptr && children.size() < limit) {  // truncated: never closed
        const std::string_view last(begin,
                                    static_cast<std::size_t>(rest.data() + rest.size() - begin));
        if (!trim(last).empty()) {
            children.push_back(last);
        }
    }
    return children;
}

Around around_inside(std::string_view type) {
    if (type == "multipart/related") {
        return Around::related;
    }
    if (type == "multipart/alternative") {
        return Around::alternative;
    }
    return type == "multipart/digest" ? Around::digest : Around::mixed;
}

/// The rule stands at Part in message.hpp.
bool is_attachment(const Content& content, Around around) {
    const bool is_named = !content.file_name.empty();
    if (content.disposition == Disposition::attachment) {
        return true;
    }
    if (is_text(content.type)) {
        return is_named && around != Around::nothing && around != Around::alternative;
    }
    return is_named || around != Around::related;
}

class TreeReader {
  public:
    explicit TreeReader(Reading reading) : reading_(reading) {}

    void read(std::string_view octets, const Place& place) {
        if (place.depth > most_depth || entities_ >= most_parts) {
            return;
        }
        ++entities_;
        const auto entity = split_entity(octets);
        const auto* const default_type =
            place.around == Around::digest ? "message/rfc822" : "text/plain";
        auto content = content_of(fields_of(entity.header), default_type);
        if (content.type.starts_with("multipart/")) {
            read_multipart(entity.body, content, place);
        } else if (is_attached_message(content.type)) {
            read_attached_message(entity.body, content, place);
        } else {
            add_leaf(entity.body, content, place);
        }
    }

    [[nodiscard]] std::vector<Part> take_parts() { return std::move(parts_); }

  private:
    static Place inside(std::string_view type, const Place& place) {
        auto within = place;
        ++within.depth;
        within.around = around_inside(type);
        return within;
    }

    void read_multipart(std::string_view body, Content& content, const Place& place) {
        auto within = inside(content.type, place);
        auto children = children_of(body, content);
        std::string decoded;                                   // must outlive the children
        if (children.empty() && may_decode(content, place)) {  // against RFC 2045 section 6.4
            decoded = decode_transfer(content.transfer_encoding, body);
            children = children_of(decoded, content);
            within.is_decoded = true;
        }
        if (children.empty() && place.depth > 0 && trim(body).empty()) {
            return;
        }
        if (children.empty()) {
            content.type = "text/plain";  // no structure to be found: better read than lost
            add_leaf(body, content, place);
            return;
        }
        std::vector<std::size_t> begins;
        for (const auto child : children) {
            begins.push_back(parts_.size());
            read(child, within);
        }
        if (place.depth == 0 && parts_.empty()) {  // likewise
            content.type = "text/plain";
            add_leaf(body, content, place);
        } else if (content.type == "multipart/alternative") {
            begins.push_back(parts_.size());
            mark_alternatives(begins);
        }
    }

    /// A boundary must not end with a blank, but some do, and gateways take blanks off lines.
    [[nodiscard]] std::vector<std::string_view> children_of(std::string_view body,
                                                            const Content& content) const {
        const auto boundary = trim(content.boundary);
        if (boundary.empty()) {
            return {};
        }
        // One more than may be read, so that a full house is not taken for a missing boundary.
        const auto limit = most_parts - entities_ + 1;
        auto children = split_multipart(body, content.boundary, limit);
        return children.empty() ? split_multipart(body, boundary, limit) : children;
    }

    /// Nested encodings multiply the memory, save base64, where each is a quarter smaller.
    static bool may_decode(const Content& content, const Place& place) {
        return content.transfer_encoding == "base64" ||
               (!place.is_decoded && is_encoded(content.transfer_encoding));
    }

    /// The message itself is a part unless it stands within another one, which holds it already.
    void read_attached_message(std::string_view body, const Content& content, const Place& place) {
        auto within = inside(content.type, place);
        std::string decoded;  // must outlive the views into it
        if (may_decode(content, place)) {
            decoded = decode_transfer(content.transfer_encoding, body);
            body = decoded;
            within.is_decoded = true;
        }
        if (!place.is_in_message) {
            auto part = part_of(content, place);
            part.is_attachment = true;
            part.body = reading_ == Reading::whole ? body : split_entity(body).header;
            parts_.push_back(std::move(part));
        }
        within.is_in_message = true;
        read(body, within);
    }

    void add_leaf(std::string_view body, const Content& content, const Place& place) {
        auto part = part_of(content, place);
        part.is_attachment = is_attachment(content, place.around);
        const bool is_read =
            is_text(content.type) && content.disposition != Disposition::attachment;
        part.role = is_read ? Role::text : Role::other;
        const auto footer = is_text(content.type) ? Footer::kept : Footer::dropped;
        if (reading_ == Reading::whole || is_package(content.type, content.file_name)) {
            part.body = decode_transfer(content.transfer_encoding, body, footer);
        } else if (is_read) {
            part.body = decode_transfer(content.transfer_encoding,
                                        body.substr(0, most_encoded_octets), footer);
        }
        parts_.push_back(std::move(part));
    }

    [[nodiscard]] Part part_of(const Content& content, const Place& place) const {
        return {.number = static_cast<int>(parts_.size()) + 1,
                .content_type = content.type,
                .charset = content.charset,
                .file_name = content.file_name,
                .content_id = content.id,
                .is_within_message = place.is_in_message,
                .is_flowed = content.is_flowed,
                .deletes_space = content.deletes_space};
    }

    /// begins: where each child's parts begin, and the end of the last. Of a multipart/alternative
    /// one child is read: the first with plain text, else the last text, which is the richest. An
    /// invitation is read in any case.
    void mark_alternatives(const std::vector<std::size_t>& begins) {
        auto chosen = begins.size() - 2;
        for (std::size_t child = 0; child + 1 < begins.size(); ++child) {
            chosen = has(is_page, begins[child], begins[child + 1]) ? child : chosen;
        }
        for (std::size_t child = begins.size() - 1; child-- > 0;) {
            chosen = has(is_plain, begins[child], begins[child + 1]) ? child : chosen;
        }
        for (auto part = begins.front(); part < begins.back(); ++part) {
            const bool is_chosen = part >= begins[chosen] && part < begins[chosen + 1];
            if (!is_chosen && is_page(parts_[part])) {
                parts_[part].role = Role::alternative;
            }
        }
    }

    static bool is_page(const Part& part) {
        return part.role == Role::text && part.content_type != "text/calendar";
    }

    static bool is_plain(const Part& part) {
        return part.content_type == "text/plain" && part.role == Role::text &&
               !trim(part.body).empty();
    }

    [[nodiscard]] bool has(bool (*is_such)(const Part&), std::size_t begin, std::size_t end) const {
        return std::any_of(parts_.begin() + static_cast<std::ptrdiff_t>(begin),
                           parts_.begin() + static_cast<std::ptrdiff_t>(end), is_such);
    }

    Reading reading_;
    std::size_t entities_ = 0;  ///< containers too, or empty ones could nest without end
    std::vector<Part> parts_;
};

}  // namespace

bool is_attached_message(std::string_view content_type) {
    return content_type == "message/rfc822" || content_type == "message/global";
}

std::vector<Part> read_tree(std::string_view raw, Reading reading) {
    TreeReader reader(reading);
    reader.read(raw, Place());
    return reader.take_parts();
}

std::vector<Part> read_parts(std::string_view raw, Reading reading) {
    auto parts = read_tree(raw, reading);
    append_inner_files(parts, reading);
    return parts;
}

}  // namespace mailkeep::mail
