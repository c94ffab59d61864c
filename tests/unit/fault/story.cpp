// SPDX-License-Identifier: Apache-2.0
#include "story.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <random>

namespace mailkeep::fault {

namespace fs = std::filesystem;

namespace {

const Timestamp noon = *parse_rfc3339("2026-11-23T12:00:00Z");
constexpr std::size_t attachment_size = 17'000;

std::string base64(std::string_view octets) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        const auto at = [&](std::size_t n) {
            return n < octets.size() ? static_cast<unsigned char>(octets[n]) : 0U;
        };
        const auto bits = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        text += digits[bits >> 18 & 63];
        text += digits[bits >> 12 & 63];
        text += i + 1 < octets.size() ? digits[bits >> 6 & 63] : '=';
        text += i + 2 < octets.size() ? digits[bits & 63] : '=';
    }
    return text;
}

std::string noise(unsigned seed) {
    std::mt19937 random(seed);
    std::string octets(attachment_size, '\0');
    std::generate(octets.begin(), octets.end(), [&] { return static_cast<char>(random()); });
    return octets;
}

/// One of two attachments, its lines as wide as asked for.
std::string attachment(bool is_first, std::size_t width) {
    static const auto first = base64(noise(17));
    static const auto second = base64(noise(18));
    const auto& text = is_first ? first : second;
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += width) {
        lines += text.substr(at, width) + "\r\n";
    }
    return lines;
}

std::string head(int number) {
    const auto n = std::to_string(number);
    return "From: Sender " + n + " <s" + n + "@example.org>\r\nSubject: Message " + n +
           "\r\nDate: Mon, 2 Nov 2026 10:00:0" + n + " +0100\r\nMessage-ID: <" + n +
           "@example.org>\r\n";
}

std::string mail_with_attachment(int number, std::size_t width) {
    return head(number) +
           "MIME-Version: 1.0\r\nContent-Type: application/pdf; name=report.pdf\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           attachment(number <= 3, width);
}

void add_first(archive::Batch& batch) {
    Account account{.id = AccountId{1}, .name = "post"};
    account.server.host = "mail.example.org";
    batch.add_event(event(1, AccountSaved{account}));
    batch.add_event(event(1, RunStarted{AccountId{1}, RunKind::mirror}));
    batch.add_event(event(1, MailboxSeen{.account = AccountId{1},
                                         .mailbox = "INBOX",
                                         .name = "INBOX",
                                         .delimiter = '/',
                                         .attributes = {},
                                         .uid_validity = 7}));
    batch.add_event(event(1, seen(batch.add_message(mail(1)), 1)));
    batch.add_event(event(1, seen(batch.add_message(mail(2)), 2)));
}

}  // namespace

Event event(int batch, decltype(Event::what) what) {
    return {.at = time_of_batch(batch), .run = RunId{batch}, .what = std::move(what)};
}

Seen seen(const ContentId& content_id, Uid uid) {
    return {.account = AccountId{1},
            .mailbox = "INBOX",
            .uid_validity = 7,
            .uid = uid,
            .unique_id = {},
            .content_id = content_id,
            .internal_date = {noon, std::chrono::minutes{60}},
            .flags = {}};
}

const std::string& mail(int number) {
    static const std::array<std::string, 5> mails{
        head(1) + "\r\nThe harvest is in, every field of it.\r\n", mail_with_attachment(2, 76),
        mail_with_attachment(3, 64), mail_with_attachment(4, 76), mail_with_attachment(5, 60)};
    return mails.at(static_cast<std::size_t>(number - 1));
}

Timestamp time_of_batch(int number) {
    return noon + std::chrono::hours{number};
}

archive::Batch batch_of(int number) {
    archive::Batch batch;
    if (number == 1) {
        add_first(batch);
    } else if (number == 2) {
        batch.add_event(event(2, RunStarted{AccountId{1}, RunKind::mirror}));
        batch.add_event(event(2, seen(batch.add_message(mail(3)), 3)));
        batch.add_event(
            event(2, Gone{AccountId{1}, "INBOX", 7, UidSet::of({2}), GoneReason::vanished}));
    } else if (number == 4 || number == 5) {
        const auto content_id = batch.add_message(mail(number));
        batch.add_event(event(number, seen(content_id, static_cast<Uid>(10 + number))));
    } else {
        // No message: its octets are known already, only the placement is new.
        batch.add_event(event(number, seen(sha256(mail(1)), static_cast<Uid>(number + 1))));
        Flags flags;
        flags.seen = true;
        batch.add_event(event(number, FlagsChanged{AccountId{1}, "INBOX", 7, 1, flags}));
    }
    return batch;
}

void make_archive(const fs::path& data, const archive::DataKey& key) {
    archive::Archive::create(data, key);
    // There already, so nobody takes 4 MiB again and again.
    std::ofstream(data / "reserve", std::ios::trunc).close();
}

std::string wrong_batches(const archive::Archive& archive, std::uint64_t last) {
    std::string wrong;
    std::uint64_t number = 0;
    archive.for_each_batch(0, [&](const CommittedBatch& found) {
        const auto expected = batch_of(static_cast<int>(++number));
        const auto name = "batch " + std::to_string(number);
        if (found.number != number || found.events != expected.events() ||
            found.at != time_of_batch(static_cast<int>(number))) {
            wrong += name + " has other events; ";
        }
        if (found.messages.size() != expected.messages().size()) {
            wrong += name + " has other messages; ";
            return;
        }
        for (std::size_t i = 0; i < found.messages.size(); ++i) {
            const auto& message = expected.messages()[i];
            if (found.messages[i].content_id != message.content_id ||
                archive.get(found.messages[i]) != message.raw) {
                wrong += name + " has another message; ";
            }
        }
    });
    if (number != last) {
        wrong += std::to_string(number) + " batches instead of " + std::to_string(last);
    }
    return wrong;
}

std::string damage_in(const archive::Archive& archive) {
    std::string text;
    for (const auto& finding : archive.verify(archive::Depth::full).damaged) {
        text += finding.object + ": " + finding.what + "; ";
    }
    return text;
}

std::map<std::string, std::string> files_of(const fs::path& data) {
    std::map<std::string, std::string> files;
    for (const auto* const folder : {"journal", "packs", "log"}) {
        if (!fs::exists(data / folder)) {
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(data / folder)) {
            if (entry.is_regular_file()) {
                auto& octets = files[entry.path().lexically_relative(data).string()];
                octets.resize(entry.file_size());
                std::ifstream(entry.path(), std::ios::binary)
                    .read(octets.data(), static_cast<std::streamsize>(octets.size()));
            }
        }
    }
    return files;
}

}  // namespace mailkeep::fault
