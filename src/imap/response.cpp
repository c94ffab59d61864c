// SPDX-License-Identifier: Apache-2.0
#include "response.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include "internal_date.hpp"

#include <algorithm>
#include <array>

namespace mailkeep::imap {

namespace {

std::optional<Status> status_from(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, Status>, 5> names{
        {{"OK", Status::ok},
         {"NO", Status::no},
         {"BAD", Status::bad},
         {"PREAUTH", Status::preauth},
         {"BYE", Status::bye}}};
    const auto* const found = std::find_if(names.begin(), names.end(), [&](const auto& name) {
        return equals_ignoring_case(name.first, word);
    });
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

// capability-data = "CAPABILITY" *(SP capability)
// Some servers send "LITERAL +" (MailKit's ImapEngine): a lone "+" belongs to the word before.
Capabilities parse_capabilities(std::string_view words) {
    Capabilities capabilities;
    std::string last;
    for (const std::string_view word : split(words, ' ')) {
        if (word.empty() || word.size() > capability_length_limit)
            continue;
        if (word == "+" && capabilities.names.erase(last) == 1) {
            last += '+';
        } else {
            last = to_upper_ascii(word);
        }
        if (capabilities.names.size() < capability_count_limit)
            capabilities.names.insert(last);
    }
    return capabilities;
}

std::optional<std::uint32_t> as_uint32(std::string_view text) {
    const auto number = parse_number(text);
    return number && *number <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*number))
                                           : std::nullopt;
}

/// Zoho sends -1 and others 0: no mod-sequence.
std::optional<ModSeq> as_mod_seq(std::string_view text) {
    const auto number = parse_number(text);
    return number && *number > 0 && *number <= INT64_MAX ? number : std::nullopt;
}

/// The two numbers of MESSAGELIMIT.
std::optional<std::pair<std::uint32_t, std::uint32_t>> as_pair(std::string_view text) {
    const auto words = split(trim(text), ' ');
    const auto first = as_uint32(words.front());
    const auto second = as_uint32(words.back());
    if (words.size() != 2 || !first || !second)
        return std::nullopt;
    return std::pair(*first, *second);
}

// uid-range = (uniqueid ":" uniqueid)
std::optional<UidSet::Range> as_uid_range(std::string_view text) {
    const auto colon = text.find(':');
    const auto first = as_uint32(text.substr(0, colon));
    const auto last = colon == text.npos ? first : as_uint32(text.substr(colon + 1));
    if (!first || !last || *first == 0 || *last < *first)
        return std::nullopt;
    return UidSet::Range{*first, *last};
}

/// Nothing for UIDs that do not ascend: then nobody knows which is whose.
// resp-code-apnd = "APPENDUID" SP nz-number SP append-uid
std::optional<AppendUids> as_append_uids(std::string_view text) {
    const auto words = split(trim(text), ' ');
    const auto uid_validity = as_uint32(words.front());
    if (words.size() != 2 || !uid_validity)
        return std::nullopt;
    AppendUids appended{*uid_validity, {}};
    Uid before = 0;
    for (const std::string_view word : split(words.back(), ',')) {
        const auto range = as_uid_range(word);
        if (!range || range->first <= before)
            return std::nullopt;
        appended.uids.add(range->first, range->last);
        before = range->last;
    }
    return appended;
}

/// Where the "]" stands that closes a response code; brackets in quotes and lists do not count.
std::optional<std::size_t> end_of_code(std::string_view text) {
    bool is_quoted = false;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_quoted && c == '\\') {
            ++i;
        } else if (c == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && c == '(') {
            ++depth;
        } else if (!is_quoted && c == ')') {
            --depth;
        } else if (!is_quoted && depth <= 0 && c == ']') {
            return i;
        }
    }
    return std::nullopt;
}

// resp-text-code = ... / atom [SP 1*<any TEXT-CHAR except "]">]
// A value that cannot be read is left out: Exchange sends "[COPYUID 14  ]", others no value at all.
ResponseCode parse_code(std::string_view text) {
    const auto space = std::min(text.find(' '), text.size());
    ResponseCode code{to_upper_ascii(text.substr(0, space)), {}};
    const std::string_view argument = trim(text.substr(space));
    if (code.name == "UIDVALIDITY" || code.name == "UIDNEXT") {
        if (const auto number = as_uint32(argument))
            code.value = *number;
    } else if (code.name == "HIGHESTMODSEQ") {
        if (const auto mod_seq = as_mod_seq(argument))
            code.value = *mod_seq;
    } else if (code.name == "CAPABILITY") {
        code.value = parse_capabilities(argument);
    } else if (code.name == "PERMANENTFLAGS" && argument.starts_with('(')) {
        code.value = Decoder(argument).expect_flag_list();
    } else if (code.name == "APPENDUID") {
        if (auto uids = as_append_uids(argument))
            code.value = *std::move(uids);
    } else if (code.name == "MAILBOXID" && argument.size() > 2 && argument.front() == '(' &&
               argument.back() == ')' && argument.size() - 2 <= object_id_limit) {
        code.value = std::vector<std::string>{std::string(argument.substr(1, argument.size() - 2))};
    } else if (code.name == "MESSAGELIMIT") {
        if (const auto pair = as_pair(argument))
            code.value = pair->second;
    }
    return code;
}

/// Code and text of a Tagged or a Condition.
// resp-text = ["[" resp-text-code "]" SP] [text]
// Gmail sends a code without the space and the text, others nothing at all.
template <class StatusResponse>
StatusResponse with_text(StatusResponse response, std::string_view text) {
    text = trim(text);
    const auto end = text.starts_with('[') ? end_of_code(text) : std::nullopt;
    if (end) {
        response.code = parse_code(text.substr(1, *end - 1));
        text = trim(text.substr(*end + 1));
    }
    response.text = text;
    return response;
}

/// Unquoted and with characters no atom has, the name is the rest of the line: Exchange sends names
/// with control characters so (MailKit #945).
std::string list_mailbox(Decoder& decoder) {
    if (decoder.next_is('"') || decoder.next_is('{'))
        return decoder.expect_astring();
    const std::string_view line = decoder.rest();
    if (line.empty())
        expected("a mailbox name");
    const auto word = decoder.atom();
    decoder.spaces();
    const bool is_word = decoder.at_end() || decoder.next_is('(');  // "(": LIST-EXTENDED data
    return std::string(word && is_word ? *word : line);
}

/// 0 for NIL and for "".
// (DQUOTE QUOTED-CHAR DQUOTE / nil)
char parse_delimiter(Decoder& decoder) {
    const std::string text = decoder.nil() ? "" : decoder.expect_astring();
    if (text.size() > 1)
        expected("one character as delimiter");
    return text.empty() ? '\0' : text.front();
}

// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
ListEntry parse_list(Decoder& decoder) {
    ListEntry entry;
    entry.attributes = decoder.expect_flag_list();
    std::sort(entry.attributes.begin(), entry.attributes.end());
    decoder.spaces();
    entry.delimiter = parse_delimiter(decoder);
    decoder.spaces();
    entry.mailbox = list_mailbox(decoder);
    if (entry.mailbox.size() > mailbox_name_limit)
        expected("a shorter mailbox name");
    entry.name = display_mailbox_name(entry.mailbox);
    return entry;
}

void parse_status_item(Decoder& decoder, MailboxStatus& status) {
    const std::string item = to_upper_ascii(decoder.expect_atom());
    decoder.spaces();
    if (item == "MESSAGES") {
        status.messages = as_uint32(decoder.expect_atom());
    } else if (item == "UIDNEXT") {
        status.uid_next = as_uint32(decoder.expect_atom());
    } else if (item == "UIDVALIDITY") {
        status.uid_validity = as_uint32(decoder.expect_atom());
    } else if (item == "HIGHESTMODSEQ") {
        status.mod_seq = as_mod_seq(decoder.expect_atom());
    } else {
        decoder.skip_value();
    }
}

// "STATUS" SP mailbox SP "(" [status-att-val *(SP status-att-val)] ")"
// NetEase sends an empty list, others nothing behind the name.
StatusData parse_status(Decoder& decoder) {
    StatusData data{decoder.expect_astring(), {}};
    decoder.spaces();
    if (!decoder.character('('))
        return data;
    for (decoder.spaces(); !decoder.character(')'); decoder.spaces()) {
        parse_status_item(decoder, data.status);
    }
    return data;
}

// sequence-set = (seq-number / seq-range) ["," sequence-set]
// In any order, and each range in either direction; "*" means nothing in an answer.
UidSet parse_uid_set(std::string_view text) {
    std::vector<UidSet::Range> ranges;
    for (const std::string_view word : split(text, ',')) {
        const auto colon = word.find(':');
        const auto first = as_uint32(word.substr(0, colon));
        const auto last = colon == word.npos ? first : as_uint32(word.substr(colon + 1));
        if (!first || !last || *first == 0 || *last == 0)
            expected("a set of UIDs");
        ranges.push_back({std::min(*first, *last), std::max(*first, *last)});
    }
    std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
        return a.first < b.first;  // a set takes them fast in this order only
    });
    UidSet uids;
    for (const auto& [first, last] : ranges) {
        uids.add(first, last);
    }
    return uids;
}

// expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids
Vanished parse_vanished(Decoder& decoder) {
    Vanished vanished;
    if (decoder.next_is('(')) {
        decoder.skip_value();
        vanished.is_earlier = true;
    }
    decoder.spaces();
    vanished.uids = parse_uid_set(decoder.expect_atom());
    return vanished;
}

// "SEARCH" *(SP nz-number) [SP search-sort-mod-seq]
Found parse_search(Decoder& decoder) {
    std::vector<Uid> uids;
    for (decoder.spaces(); !decoder.at_end() && !decoder.next_is('('); decoder.spaces()) {
        uids.push_back(decoder.expect_number());
    }
    std::erase(uids, 0U);
    return {UidSet::of(uids)};
}

// esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
Found parse_esearch(Decoder& decoder) {
    Found found;
    if (decoder.next_is('('))
        decoder.skip_value();
    for (decoder.spaces(); !decoder.at_end(); decoder.spaces()) {
        const std::string item = to_upper_ascii(decoder.expect_atom());
        decoder.spaces();
        if (item == "ALL") {
            found.uids = parse_uid_set(decoder.expect_atom());
        } else if (item != "UID" && !decoder.at_end()) {
            decoder.skip_value();
        }
    }
    return found;
}

// namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace
// namespace-descr = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) [extensions] ")"
NamespaceData parse_namespace(Decoder& decoder) {
    if (decoder.nil())
        return {};
    Namespace first;
    decoder.expect_character('(');
    decoder.spaces();
    decoder.expect_character('(');
    first.prefix = decoder.expect_astring();
    decoder.spaces();
    first.delimiter = parse_delimiter(decoder);
    return {first};
}

// quota-response = "QUOTA" SP quota-root-name SP "(" [resource SP usage SP limit ...] ")"
// STORAGE counts units of 1024 octets. Courier leaves the list out where there is no limit.
QuotaData parse_quota(Decoder& decoder) {
    QuotaData quota;
    static_cast<void>(decoder.expect_astring());
    decoder.spaces();
    if (!decoder.character('('))
        return quota;
    for (decoder.spaces(); !decoder.character(')'); decoder.spaces()) {
        const std::string resource = to_upper_ascii(decoder.expect_atom());
        decoder.spaces();
        const auto used = parse_number(decoder.expect_atom());
        decoder.spaces();
        const auto most = parse_number(decoder.expect_atom());
        constexpr std::uint64_t unit = 1024;
        if (resource == "STORAGE" && used && most && *most < UINT64_MAX / unit)
            quota.free = *most > *used ? (*most - *used) * unit : 0;
    }
    return quota;
}

/// The rest of "BODY[HEADER.FIELDS (SUBJECT)]" after its first word.
void skip_section(Decoder& decoder, std::string_view first) {
    const auto has = [](std::string_view word, char c) { return word.find(c) != word.npos; };
    for (std::string_view word = first; has(first, '[') && !has(word, ']');) {
        decoder.spaces();
        if (decoder.next_is('(') || decoder.next_is('"')) {
            decoder.skip_value();
        } else {
            word = decoder.expect_atom();
        }
    }
}

/// A size is a hint only: mail.ru sends "9.3736e+06", others -1.
std::optional<std::uint64_t> size_hint(Decoder& decoder) {
    return parse_number(decoder.expect_atom());
}

Flags flags_of(const std::vector<std::string>& words) {
    Flags flags;
    for (const std::string& word : words) {
        flags.add(word);
    }
    return flags;
}

// "(" objectid ")", in Gmail's extension a number
// A longer one than any server has is none.
std::string parse_object_id(Decoder& decoder) {
    const bool is_list = decoder.character('(');
    std::string id(decoder.expect_astring());
    if (is_list)
        decoder.expect_character(')');
    return id.size() <= object_id_limit ? id : std::string();
}

// "(" *(astring) ")", in modified UTF-7
std::vector<std::string> parse_labels(Decoder& decoder) {
    std::vector<std::string> labels;
    if (decoder.nil())
        return labels;
    decoder.expect_character('(');
    for (decoder.spaces(); !decoder.character(')'); decoder.spaces()) {
        std::string label = display_mailbox_name(decoder.expect_astring());
        std::replace(label.begin(), label.end(), '\n', ' ');
        if (!label.empty() && label.size() <= mailbox_name_limit &&
            labels.size() < flag_count_limit)
            labels.push_back(std::move(label));
    }
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    return labels;
}

/// "BODY[]<7>"
std::optional<std::uint64_t> part_origin(std::string_view item) {
    constexpr std::string_view start = "BODY[]<";
    if (!item.starts_with(start) || !item.ends_with('>'))
        return std::nullopt;
    return parse_number(item.substr(start.size(), item.size() - start.size() - 1));
}

void parse_fetch_item(Decoder& decoder, FetchData& data) {
    const std::string item = to_upper_ascii(decoder.expect_atom());
    skip_section(decoder, item);
    decoder.spaces();
    if (item == "UID") {
        data.uid = decoder.expect_number();
    } else if (item == "FLAGS") {
        data.flags = flags_of(decoder.expect_flag_list());
    } else if (item == "RFC822.SIZE") {
        data.size = size_hint(decoder);
    } else if (item == "INTERNALDATE") {
        data.internal_date = parse_date_time(decoder.expect_nstring().value_or(""));
    } else if (const auto origin = part_origin(item); item == "BODY[]" || origin) {
        data.origin = origin;
        data.body = decoder.expect_nstring().value_or("");
    } else if (item == "BODY[HEADER]" || item == "BODY[HEADER.FIELDS") {
        data.header = decoder.expect_nstring();
    } else if ((item == "EMAILID" || item == "X-GM-MSGID") && !decoder.next_is(')')) {
        data.object_id = parse_object_id(decoder);
    } else if (item == "X-GM-LABELS" && !decoder.next_is(')')) {
        data.labels = parse_labels(decoder);
    } else if (!decoder.next_is(')')) {  // Yandex: "BODY[2] )", an item without its value
        decoder.skip_value();
    }
}

// msg-att = "(" (msg-att-dynamic / msg-att-static) *(SP (...)) ")"
// In any order and with stray spaces (Exchange, Zoho).
FetchData parse_fetch(Decoder& decoder) {
    FetchData data;
    decoder.expect_character('(');
    for (decoder.spaces(); !decoder.character(')'); decoder.spaces()) {
        parse_fetch_item(decoder, data);
    }
    return data;
}

// message-data = nz-number SP ("EXPUNGE" / ("FETCH" SP msg-att)) ; mailbox-data = number SP
// "EXISTS" Courier counts "* 0 FETCH"; the number is of no use to us.
Response parse_numbered(std::string_view number, Decoder& decoder) {
    const std::string kind = to_upper_ascii(decoder.atom().value_or(""));
    decoder.spaces();
    if (kind == "FETCH")
        return parse_fetch(decoder);
    if (kind == "EXPUNGE")
        return Expunged();
    if (kind != "EXISTS")
        return Ignored();
    const auto count = as_uint32(number);
    if (!count)
        expected("a number of messages");
    return Exists{*count};
}

// response-data = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data /
//                 capability-data) CRLF
Response parse_untagged(Decoder& decoder) {
    const std::string kind = to_upper_ascii(decoder.atom().value_or(""));
    if (const auto status = status_from(kind))
        return with_text(Condition{*status, {}, {}}, decoder.rest());
    decoder.spaces();
    if (parse_number(kind))
        return parse_numbered(kind, decoder);
    if (kind == "CAPABILITY")
        return parse_capabilities(decoder.rest());
    if (kind == "LIST")
        return parse_list(decoder);
    if (kind == "NAMESPACE")
        return parse_namespace(decoder);
    if (kind == "STATUS")
        return parse_status(decoder);
    if (kind == "VANISHED")
        return parse_vanished(decoder);
    if (kind == "SEARCH")
        return parse_search(decoder);
    if (kind == "ESEARCH")
        return parse_esearch(decoder);
    if (kind == "QUOTA")
        return parse_quota(decoder);
    return Ignored();
}

// response-tagged = tag SP resp-cond-state CRLF
Response parse_tagged(Decoder& decoder) {
    const std::string tag(decoder.expect_atom());
    decoder.spaces();
    const auto status = status_from(decoder.atom().value_or(""));
    if (!status || *status == Status::preauth || *status == Status::bye)
        expected("OK, NO or BAD");
    return with_text(Tagged{tag, *status, {}, {}}, decoder.rest());
}

}  // namespace

// response = *(continue-req / response-data) response-done
Response parse_response(RawResponse raw) {
    Decoder decoder(raw.text, raw.literals);
    if (decoder.at_end())
        return Ignored();
    if (decoder.character('+'))  // a "+" alone, without space and text, is sent too
        return Continuation{std::string(trim(decoder.rest()))};
    if (!decoder.character('*'))
        return parse_tagged(decoder);
    decoder.spaces();
    Response response = parse_untagged(decoder);
    if (auto* const data = std::get_if<FetchData>(&response); data && data->body)
        data->spool = std::move(raw.spool);
    return response;
}

}  // namespace mailkeep::imap
