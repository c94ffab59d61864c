// SPDX-License-Identifier: Apache-2.0
// Every mail of the corpus that comes with an answer: what Stalwart, MailCore and mime4j make of
// it.
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"

#include "corpus.hpp"
#include "oracle.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

using namespace mailkeep;
using namespace mailkeep::mail;
using corpus::Exception;
using corpus::Oracle;
using nlohmann::json;

namespace {

using Texts = std::vector<std::string>;

/// Where we differ on purpose; three in a hundred comparisons at most.
const std::vector<Exception> our_ways = {
    // An outer boundary ends what is within it, closed or not (RFC 2046 section 5.1.2).
    {"mime/stalwart-mail-parser/malformed__005.eml", "text",
     "the outer boundary a-- makes --a---- its end"},
    {"mime/stalwart-mail-parser/malformed__009.eml", "parts",
     "it lets an inner multipart run over the outer boundary"},
    {"mime/stalwart-mail-parser/malformed__012.eml", "parts", "likewise"},
    {"mime/stalwart-mail-parser/malformed__016.eml", "parts", "it takes three boundaries for one"},
    {"mime/stalwart-mail-parser/thirdparty__015.eml", "parts",
     "the boundary within an attached message is not there: it "
     "loses the two messages after it"},
    {"mime/stalwart-mail-parser/thirdparty__015.eml", "attachment names", "those two"},
    // We show more.
    {"mime/stalwart-mail-parser/malformed__017.eml", "attachment names",
     "a file name without a disposition is one"},
    {"mime/stalwart-mail-parser/legacy__048.eml", "attachment octets", "we undo uuencode"},
    {"mime/stalwart-mail-parser/malformed__022.eml", "parts",
     "an attached message that is none: we list and read it"},
    {"mime/stalwart-mail-parser/malformed__019.eml", "parts", "random damage"},
    {"mime/stalwart-mail-parser/malformed__019.eml", "date",
     "two Date fields, the first with half a time: we take it"},
    {"mime/stalwart-mail-parser/malformed__020.eml", "text",
     "two Content-Type fields: we take the first, a multipart"},
    {"charset/mailcore2-summary/input/2135-korean.eml", "letters",
     "we read what images say in words (alt)"},
    {"charset/mailcore2-summary/input/989-encoding-5.eml", "letters",
     "both alternatives are damaged; we read the plain one"},
    {"charset/mailcore2-summary/input/989-encoding-8.eml", "attachment names",
     "named images of a page are attachments"},
    {"charset/mailcore2-summary/input/6094-japanese-1.eml", "to",
     "no blank stands between the word and what follows"},
    // A multipart without parts is read as one text, so that nothing is lost.
    {"mime/mime4j-testmsgs/missing-boundary.msg", "parts", "a multipart without parts"},
    {"mime/mime4j-testmsgs/missing-inner-boundary.msg", "parts", "likewise"},
    {"mime/mime4j-testmsgs/missing-inner-start-boundary.msg", "parts", "likewise"},
    {"mime/mime4j-testmsgs/multipartnopart.msg", "parts", "likewise"},
    // It drops lines of a header that are no fields, and text with them.
    {"mime/mime4j-testmsgs/basic-plain-with-bad-header-separator.msg", "octets",
     "it loses three lines"},
    {"mime/mime4j-testmsgs/malformedHeaderStartsBody-noheader.msg", "octets", "it loses a line"},
    {"mime/mime4j-testmsgs/malformedHeaderStartsBody-nocrlfcrlf.msg", "octets",
     "a stray line ends no header"},
    {"mime/mime4j-testmsgs/malformedHeaderStartsBody-nocrlfcrlf.msg", "fields",
     "the field after it"},
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// All that is not ASCII, save blanks: what a wrong charset would spoil.
std::string foreign_letters(std::string text) {
    text = replaced(std::move(text), "\xC2\xA0", "");
    std::erase_if(text, [](char c) { return c >= 0; });
    return text;
}

/// Runs of blanks as one.
std::string simplified(const std::string& text) {
    std::string result;
    for (const auto word : split(text, ' ')) {
        result += (result.empty() || word.empty() ? "" : " ") + std::string(word);
    }
    return result;
}

std::string sorted(Texts texts) {
    std::erase(texts, "");
    std::sort(texts.begin(), texts.end());
    return join(texts, ", ");
}

std::string address(const std::string& name, const std::string& where) {
    return name.empty() || where.empty() ? name + where : name + " <" + where + ">";
}

std::string text_in(const json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? std::string() : found->get<std::string>();
}

std::string shown_date(const std::optional<Timestamp>& date) {
    return date ? to_rfc3339(*date) : std::string();
}

Texts attachment_names(const Message& message) {
    Texts names;
    for (const auto& part : message.parts) {
        if (part.is_attachment) {
            names.push_back(part.file_name);
        }
    }
    return names;
}

bool is_message(const Part& part) {
    return part.content_type == "message/rfc822";
}

/// The lines of expected_index.jsonl that tell of that parser and of a message that is there.
std::vector<json> index_of(std::string_view oracle) {
    std::vector<json> entries;
    std::ifstream index(corpus::folder() / "expected_index.jsonl");
    for (std::string line; std::getline(index, line);) {
        auto entry = json::parse(line);
        const bool is_there =
            std::filesystem::exists(corpus::folder() / entry["file"].get<std::string>());
        if (is_there && entry["oracle"].get<std::string>() == oracle) {
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

json json_of(const std::string& file) {
    return json::parse(corpus::content_of(corpus::folder() / file));
}

// ---- Stalwart: all of a message as JSON -------------------------------------------------------

const json* stalwart_field(const json& part, const std::string& name) {
    const json* found = nullptr;
    for (const auto& field : part["headers"]) {
        if (field["name"].is_string() && field["name"].get<std::string>() == name) {
            found = &field["value"];
        }
    }
    return found;
}

std::string stalwart_text(const json& part, const std::string& name) {
    const auto* const value = stalwart_field(part, name);
    return value != nullptr && value->contains("Text") ? (*value)["Text"].get<std::string>() : "";
}

std::string stalwart_addresses(const json& part, const std::string& name) {
    Texts addresses;
    for (const auto& field : part["headers"]) {
        if (field["name"] == name && field["value"].contains("Address")) {
            for (const auto& entry : field["value"]["Address"]["List"]) {
                addresses.push_back(address(text_in(entry, "name"), text_in(entry, "address")));
            }
        }
    }
    return join(addresses, ", ");
}

std::string stalwart_date(const json& part) {
    const auto* const value = stalwart_field(part, "date");
    if (value == nullptr || !value->contains("DateTime")) {
        return {};
    }
    const auto& date = (*value)["DateTime"];
    const auto text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", date["year"].get<int>(),
                    date["month"].get<int>(), date["day"].get<int>(), date["hour"].get<int>(),
                    date["minute"].get<int>(), date["second"].get<int>(),
                    date["tz_before_gmt"].get<bool>() ? '-' : '+', date["tz_hour"].get<int>(),
                    date["tz_minute"].get<int>());
    return shown_date(parse_rfc3339(text));
}

std::string stalwart_parameter(const json& part, const std::string& field, const char* name) {
    const auto* const value = stalwart_field(part, field);
    if (value == nullptr || !value->contains("ContentType") ||
        (*value)["ContentType"]["attributes"].is_null()) {
        return {};
    }
    for (const auto& attribute : (*value)["ContentType"]["attributes"]) {
        if (attribute["name"] == name) {
            return attribute["value"].get<std::string>();
        }
    }
    return {};
}

std::string stalwart_file_name(const json& part) {
    const auto name = stalwart_parameter(part, "content_disposition", "filename");
    return name.empty() ? stalwart_parameter(part, "content_type", "name") : name;
}

struct Leaf {
    bool is_text = false;
    bool is_attachment = false;
    std::string file_name;
    std::string content;  ///< of text, UTF-8
};

void add_stalwart_leaves(const json& message, bool is_within, std::vector<Leaf>& leaves) {
    for (std::size_t i = 0; i < message["parts"].size(); ++i) {
        const auto& part = message["parts"][i];
        const auto& attachments = message["attachments"];
        Leaf leaf{.file_name = stalwart_file_name(part)};
        leaf.is_attachment =
            std::find(attachments.begin(), attachments.end(), i) != attachments.end();
        const auto& body = part["body"];
        if (body.contains("Message")) {
            if (!is_within) {
                leaves.push_back(leaf);
            }
            add_stalwart_leaves(body["Message"], true, leaves);
        } else if (body.contains("Text") || body.contains("Html")) {
            leaf.is_text = true;
            leaf.content = body.begin()->get<std::string>();
            leaves.push_back(leaf);
        } else if (!body.contains("Multipart")) {
            for (const auto& octet : *body.begin()) {
                leaf.content += static_cast<char>(octet.get<int>());
            }
            leaves.push_back(leaf);
        }
    }
}

void compare_leaves(Oracle& oracle, const std::string& file, const json& expected,
                    const Message& got) {
    std::vector<Leaf> leaves;
    add_stalwart_leaves(expected, false, leaves);
    Texts names;
    for (const auto& leaf : leaves) {
        names.push_back(leaf.is_attachment ? leaf.file_name : std::string());
    }
    oracle.note(file, "attachment names", sorted(names), sorted(attachment_names(got)));
    oracle.note(file, "parts", std::to_string(leaves.size()), std::to_string(got.parts.size()));
    for (std::size_t i = 0; leaves.size() == got.parts.size() && i < leaves.size(); ++i) {
        const auto& part = got.parts[i];
        if (is_message(part)) {
            continue;
        }
        const auto text = leaves[i].is_text ? to_utf8(part.body, part.charset) : part.body;
        oracle.note(file, leaves[i].is_attachment ? "attachment octets" : "text", leaves[i].content,
                    text);
    }
}

void compare_with_stalwart(Oracle& oracle, const std::string& file, const json& expected,
                           const std::string& raw) {
    const auto got = parse(raw);
    const auto& root = expected["parts"][0];
    oracle.note(file, "subject", simplified(stalwart_text(root, "subject")),
                simplified(got.subject));
    oracle.note(file, "from", stalwart_addresses(root, "from"), got.from);
    oracle.note(file, "to", stalwart_addresses(root, "to"), got.to);
    oracle.note(file, "cc", stalwart_addresses(root, "cc"), got.cc);
    oracle.note(file, "message-id", stalwart_text(root, "message_id"), got.message_id);
    if (const auto date = stalwart_date(root); !date.empty()) {
        oracle.note(file, "date", date, shown_date(got.sent_date));
    }
    compare_leaves(oracle, file, expected, got);
}

// ---- MailCore: a page of text, and the parse of four messages ---------------------------------

/// "December 1, 2014 at 2:59:42 PM PST"
std::string mailcore_date(const std::string& text) {
    constexpr std::array<std::string_view, 12> months = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    std::array<char, 16> month{};
    std::array<char, 4> half{};
    std::array<char, 4> zone{};
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(text.c_str(), "%15s %d, %d at %d:%d:%d %2s %3s", month.data(), &day, &year,
                    &hour, &minute, &second, half.data(), zone.data()) != 8) {
        return {};
    }
    const auto* const found = std::find(months.begin(), months.end(), month.data());
    hour = hour % 12 + (half[0] == 'P' ? 12 : 0);
    const auto shown =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}-0{}:00", year, found - months.begin() + 1,
                    day, hour, minute, second, zone[1] == 'D' ? 7 : 8);
    return shown_date(parse_rfc3339(shown));
}

struct Page {
    std::map<std::string, std::string> fields;
    Texts attachments;
    std::string text;
};

/// Fields, an empty line, text, and a "- name, size" for each attachment.
Page page_of(const std::string& text) {
    Page page;
    bool is_in_header = true;
    for (const auto line : split(text, '\n')) {
        if (is_in_header) {
            is_in_header = !line.empty();
            const auto colon = std::min(line.size(), line.find(": "));
            page.fields[std::string(line.substr(0, colon))] =
                line.substr(std::min(line.size(), colon + 2));
        } else if (line.starts_with("- ") && (line.ends_with("KB") || line.ends_with("bytes"))) {
            page.attachments.emplace_back(line.substr(2, line.rfind(',') - 2));
        } else {
            page.text += std::string(line) + "\n";
        }
    }
    return page;
}

/// MailCore takes "Re:" off and has words of its own for what is not there.
std::string without_stand_in(std::string text) {
    if (text == "No Subject" || to_lower_ascii(text).starts_with("undisclosed")) {
        return {};
    }
    return text.starts_with("Re: ") ? text.substr(4) : text;
}

/// The words of a page that are not in our text. MailCore puts "(address)" behind each link and ">"
/// before each line that is quoted.
std::string words_not_in(const std::string& text, const std::string& page) {
    Texts missing;
    for (const auto& line : split(page, '\n')) {
        for (auto word : split(line, ' ')) {
            const auto is_link =
                word.starts_with("(http") || word.starts_with("(mailto:") || word.starts_with("(#");
            const auto is_read = word.find("\xEF\xBF\xBD") == std::string::npos;
            if (is_read && !is_link && word != ">" && text.find(word) == std::string::npos) {
                missing.emplace_back(word);
            }
        }
    }
    return join(missing, " ");
}

void compare_with_page(Oracle& oracle, const std::string& file, const Page& page) {
    const auto got = parse(corpus::content_of(corpus::folder() / file));
    const auto field = [&](const char* name) {
        const auto found = page.fields.find(name);
        return found == page.fields.end() ? std::string() : found->second;
    };
    oracle.note(file, "subject", without_stand_in(field("Subject")),
                without_stand_in(simplified(got.subject)));
    oracle.note(file, "from", field("From"), got.from);
    oracle.note(file, "to", without_stand_in(field("To")), without_stand_in(got.to));
    oracle.note(file, "cc", field("Cc"), got.cc);
    oracle.note(file, "date", mailcore_date(field("Date")), shown_date(got.sent_date));
    oracle.note(file, "attachment names", sorted(page.attachments), sorted(attachment_names(got)));
    const auto text = readable_text(got);
    oracle.note(file, "letters", foreign_letters(page.text), foreign_letters(text));
    oracle.note(file, "words", "", words_not_in(text, page.text));
}

// ---- mime4j: the tree with the content of each leaf in a file of its own ------------------------

/// What stands between `open` and `close` in text, in order.
Texts between(std::string_view text, std::string_view open, std::string_view close) {
    Texts found;
    for (auto at = text.find(open); at != std::string_view::npos; at = text.find(open, at)) {
        at += open.size();
        found.emplace_back(text.substr(at, text.find(close, at) - at));
    }
    return found;
}

std::string field_names(const Texts& fields) {
    Texts names;
    for (const auto& field : fields) {
        names.emplace_back(trim(std::string_view(field).substr(0, field.find(':'))));
    }
    return join(names, ", ");
}

void compare_with_mime4j(Oracle& oracle, const std::filesystem::path& path) {
    const auto file = "mime/mime4j-testmsgs/" + path.filename().string();
    const auto got = parse(corpus::content_of(path));
    const auto xml =
        corpus::content_of(path.parent_path() / (path.stem().string() + "_decoded.xml"));
    Texts names;
    for (const auto& field : got.header) {
        names.push_back(field.first);
    }
    oracle.note(file, "fields",
                field_names(between(xml.substr(0, xml.find("</header>")), "<field>", "</field>")),
                join(names, ", "));
    const auto leaves = between(xml, "body name=\"", "\"");
    std::vector<const Part*> parts;
    for (const auto& part : got.parts) {
        if (!is_message(part)) {
            parts.push_back(&part);
        }
    }
    oracle.note(file, "parts", std::to_string(leaves.size()), std::to_string(parts.size()));
    for (std::size_t i = 0; leaves.size() == parts.size() && i < leaves.size(); ++i) {
        if (std::filesystem::exists(path.parent_path() / leaves[i])) {
            oracle.note(file, "octets", corpus::content_of(path.parent_path() / leaves[i]),
                        parts[i]->body);
        }
    }
}

// ---- MailCore's parse of four messages ----------------------------------------------------------

std::string mailcore_address(const json& entry) {
    return address(text_in(entry, "displayName"), text_in(entry, "mailbox"));
}

void add_mailcore_types(const json& part, bool is_within, Texts& types) {
    const auto kind = text_in(part, "partType");
    if (kind == "single") {
        types.push_back(to_lower_ascii(text_in(part, "mimeType")));
    } else if (kind == "message") {
        if (!is_within) {
            types.emplace_back("message/rfc822");
        }
        add_mailcore_types(part["mainPart"], true, types);
    } else {
        for (const auto& child : part["parts"]["items"]) {
            add_mailcore_types(child, is_within, types);
        }
    }
}

/// A date and a Message-ID of its own making stand for those that are missing.
void compare_with_mailcore(Oracle& oracle, const std::string& file, const json& expected) {
    const auto got = parse(corpus::content_of(corpus::folder() / file));
    const auto& header = expected["header"];
    oracle.note(file, "subject", text_in(header, "subject"), got.subject);
    oracle.note(file, "from", mailcore_address(header["from"]), got.from);
    if (const auto date = std::stoll(text_in(header, "date")); date != 978307200) {
        oracle.note(file, "date", shown_date(from_unix_ms(date * 1000)), shown_date(got.sent_date));
    }
    if (const auto id = text_in(header, "messageID"); !id.starts_with("MyMessageID123")) {
        oracle.note(file, "message-id", id, got.message_id);
    }
    Texts types;
    add_mailcore_types(expected["mainPart"], false, types);
    Texts our_types;
    for (const auto& part : got.parts) {
        our_types.push_back(part.content_type);
    }
    oracle.note(file, "types", join(types, ", "), join(our_types, ", "));
}

// ---- All of them --------------------------------------------------------------------------------

void ask_stalwart(Oracle& oracle) {
    for (const auto& entry : index_of("stalwart mail-parser")) {
        const auto file = entry["file"].get<std::string>();
        const auto expected_file = entry["expected_file"].get<std::string>();
        const auto with_lf = replaced(corpus::content_of(corpus::folder() / file), "\r\n", "\n");
        compare_with_stalwart(oracle, file, json_of(expected_file), with_lf);
        compare_with_stalwart(oracle, file, json_of(replaced(expected_file, ".json", ".crlf.json")),
                              replaced(with_lf, "\n", "\r\n"));
    }
}

void ask_mailcore(Oracle& oracle) {
    for (const auto& entry : index_of("mailcore2 rendered text")) {
        const auto expected_file = entry["expected_file"].get<std::string>();
        compare_with_page(oracle, entry["file"],
                          page_of(corpus::content_of(corpus::folder() / expected_file)));
    }
    for (const auto& entry : index_of("mailcore2")) {
        const auto file = entry["file"].get<std::string>();
        compare_with_mailcore(
            oracle, file, json_of(replaced(replaced(file, "input", "expected"), ".eml", ".json")));
    }
}

void ask_mime4j(Oracle& oracle) {
    for (const auto& entry :
         std::filesystem::directory_iterator(corpus::folder() / "mime/mime4j-testmsgs")) {
        if (entry.path().extension() == ".msg") {
            compare_with_mime4j(oracle, entry.path());
        }
    }
}

}  // namespace

TEST(Corpus, is_understood_as_other_parsers_do) {
    if (!std::filesystem::exists(corpus::folder())) {
        GTEST_SKIP() << "no mail corpus at " << corpus::folder();
    }
    Oracle oracle(our_ways);
    ask_stalwart(oracle);
    ask_mailcore(oracle);
    ask_mime4j(oracle);
    oracle.finish();
    EXPECT_LE(100 * oracle.exceptions(), 3 * oracle.comparisons());
}
