// SPDX-License-Identifier: Apache-2.0
// Any octets can be an mbox: messages begin and end in turn, where they say they do, and no octet
// but From_ lines, quoting and empty lines is lost; what stands before does not matter. What a
// store wrote into headers is understood or not, and nothing else.
#include "mailkeep/base/error.hpp"
#include "mailkeep/files/mbox_reader.hpp"
#include "mailkeep/files/store_fields.hpp"

#include "targets.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace mailkeep::fuzz {

namespace {

class Checking final : public files::MboxSink {
  public:
    explicit Checking(std::size_t octets) : octets_(octets) {}

    std::optional<std::uint64_t> begin(const files::MboxMessage& message) override {
        MAILKEEP_ASSERT(!is_open_);
        MAILKEEP_ASSERT(message.line <= message.offset && message.offset <= octets_);
        MAILKEEP_ASSERT(texts.empty() || message.line > line_);
        line_ = message.line;
        is_open_ = true;
        texts.emplace_back();
        return std::nullopt;
    }

    void piece(std::string_view octets) override {
        MAILKEEP_ASSERT(is_open_);
        texts.back() += octets;
    }

    void end() override {
        MAILKEEP_ASSERT(is_open_);
        is_open_ = false;
    }

    std::vector<std::string> texts;

  private:
    std::size_t octets_;
    std::uint64_t line_ = 0;
    bool is_open_ = false;
};

std::vector<std::string> read(std::string_view octets, files::MboxDialect dialect) {
    Checking sink(octets.size());
    files::MemorySource source(octets);
    files::read_mbox(source, dialect, sink);
    std::size_t given = 0;
    for (const auto& text : sink.texts) {
        given += text.size();
        const auto fields = files::store_fields_of(text);
        MAILKEEP_ASSERT(fields.octets_above <= text.size());
    }
    // A bare LF may have become CRLF.
    MAILKEEP_ASSERT(given <= 2 * octets.size());
    return sink.texts;
}

}  // namespace

void mbox(std::string_view octets) {
    for (const auto dialect :
         {files::MboxDialect::automatic, files::MboxDialect::mboxo, files::MboxDialect::mboxrd,
          files::MboxDialect::mboxcl, files::MboxDialect::mboxcl2}) {
        static_cast<void>(read(octets, dialect));
    }
    // Behind a message that is longer than what is looked at in one go, all is found the same.
    const std::string front =
        "From a Tue Jan  2 12:33:01 2018\nA: 1\n\n" + std::string(300'000, 'x');
    const std::string second = "\n\nFrom a Tue Jan  2 12:33:01 2018\nB: 2\n\n";
    const auto texts = read(front + second + std::string(octets), files::MboxDialect::mboxrd);
    MAILKEEP_ASSERT(texts.size() >= 2 && texts[0].size() == 300'010);
    const auto alone = read(second.substr(2) + std::string(octets), files::MboxDialect::mboxrd);
    MAILKEEP_ASSERT(std::equal(alone.begin(), alone.end(), texts.begin() + 1, texts.end()));
}

}  // namespace mailkeep::fuzz
