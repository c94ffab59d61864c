// SPDX-License-Identifier: Apache-2.0
// The tagged fields that an event's record is made of: tag, length, octets. Absence means zero or
// empty, so writers leave such fields out; a tag that nobody asks for is passed over.
#pragma once

#include "mailkeep/model/event.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// One dictionary for all kinds: a tag means the same wherever it stands.
enum class Field : std::uint8_t {
    at = 1,
    run = 2,
    account = 3,
    mailbox = 4,
    uid_validity = 5,
    uid = 6,
    uids = 7,
    unique_id = 8,
    content_id = 9,
    internal_date = 10,
    zone = 11,
    flag = 12,
    name = 13,
    delimiter = 14,
    attribute = 15,
    reason = 16,
    target = 17,
    password_hash = 18,
    run_kind = 19,
    run_state = 20,
    error = 21,
    count_seen = 22,
    count_stored = 23,
    count_flag_changes = 24,
    count_vanished = 25,
    count_deleted_from_server = 26,
    count_bytes = 27,
    count_appended = 28,
    count_already_there = 29,
    count_failed = 30,
    protocol = 31,
    security = 32,
    host = 33,
    port = 34,
    user = 35,
    ca_file = 36,
    tls_fingerprint = 37,
    sealed_password = 38,
    include = 39,
    exclude = 40,
    every = 41,
    delete_kind = 42,
    delete_days = 43,
    hint = 44,
    error_code = 45,
    // 46 is the place of a message in its batch: only in packs
    keep = 50,
    keep_from = 51,
    keep_mailbox = 52,
    rule = 53,
    hold_reason = 54,
    mailbox_name = 55,
    auth = 56,
    oauth_client_id = 57,
    oauth_token_url = 58,
    proof = 59,
    new_mailbox = 60,
    object_id = 61,
    label = 62,
    watch = 63,
};

class FieldWriter {
  public:
    void text(Field field, std::string_view octets);
    /// One field for each text, empty ones too.
    void texts(Field field, const std::vector<std::string>& list);
    void number(Field field, std::uint64_t value);
    void signed_number(Field field, std::int64_t value);
    void uids(const UidSet& uids);

    [[nodiscard]] const std::string& octets() const { return octets_; }

  private:
    void put_field(Field field, std::string_view octets);

    std::string octets_;
};

/// Takes the fields of a record out of a view, which must outlive it. Questions are asked first;
/// afterwards malformed() tells of a field whose octets cannot be what its tag says, has_unknown()
/// of a word that only a newer Mailkeep knows.
class FieldReader {
  public:
    explicit FieldReader(std::string_view record);

    [[nodiscard]] std::string text(Field field) const;
    [[nodiscard]] std::vector<std::string> texts(Field field) const;
    [[nodiscard]] std::uint64_t number(Field field);
    [[nodiscard]] std::int64_t signed_number(Field field);
    /// A number below 2^bits.
    [[nodiscard]] std::uint64_t number_of_bits(Field field, unsigned bits);
    /// Must be there.
    [[nodiscard]] Digest digest(Field field);
    [[nodiscard]] UidSet uids();
    [[nodiscard]] Flags flags() const;

    /// Nothing is a word unknown to us.
    template <class Value>
    [[nodiscard]] Value known(std::optional<Value> value) {
        has_unknown_ = has_unknown_ || !value;
        return value.value_or(Value{});
    }

    [[nodiscard]] bool malformed() const { return is_malformed_; }

    [[nodiscard]] bool has_unknown() const { return has_unknown_; }

  private:
    struct Entry {
        Field tag;
        std::string_view octets;
    };

    [[nodiscard]] const Entry* find(Field field) const;

    std::vector<Entry> fields_;
    bool is_malformed_ = false;
    bool has_unknown_ = false;
};

}  // namespace mailkeep::archive
