// SPDX-License-Identifier: Apache-2.0
// An Extractor and its real process, and such that are not what they should be.
#include "mailkeep/base/error.hpp"
#include "mailkeep/extract/extractor.hpp"

#include "documents.hpp"
#include "instrumented.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace mailkeep::extract {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

Setup setup(const std::filesystem::path& pdftotext = MAILKEEP_FAKE_PDFTOTEXT) {
    Setup made;
    made.program = MAILKEEP_EXTRACT_CHILD;
    made.pdftotext = pdftotext;
    return made;
}

std::vector<Extracted> read(Extractor& extractor, const std::vector<Attachment>& attachments) {
    const auto message = message_with(attachments);
    return extractor.read(attachments.size(), [&](const Extractor::Sink& sink) { sink(message); },
                          {});
}

Extracted read_one(const Setup& how, const Attachment& attachment) {
    Extractor extractor(how);
    return read(extractor, {attachment}).at(0);
}

Attachment docx(const std::string& text) {
    return {"offer.docx", docx_of(paragraph_of(text))};
}

Attachment bomb() {
    std::string paragraphs;
    for (int i = 0; i < 4'000'000; ++i) {
        paragraphs += "<w:p></w:p>";
    }
    return {"bomb.docx", docx_of(paragraphs)};
}

/// What the stand-in does with it.
Attachment order(const std::string& what) {
    return {"order.pdf", "%PDF-1.4 " + what, "application/pdf"};
}

}  // namespace

TEST(Extractor, reads_each_attachment_in_order) {
    Extractor extractor(setup());
    const auto found = read(extractor, {docx("quarterly"),
                                        {"photo.png", "\x89PNG", "image/png"},
                                        {"numbers.csv", "seven;eight", "text/csv"},
                                        order("anything")});
    EXPECT_EQ(found.at(0).text, "quarterly\n");
    EXPECT_EQ(found.at(1).text, "");
    EXPECT_EQ(found.at(2).text, "seven;eight");
    EXPECT_EQ(found.at(3).text, "faketext\n");
    for (const auto& extracted : found) {
        EXPECT_EQ(extracted.trouble, Trouble::none);
    }
    EXPECT_EQ(read(extractor, {docx("second")}).at(0).text, "second\n");
}

TEST(Extractor, reads_pdf_with_the_real_program) {
    const auto real = setup_from("/none:relative:/usr/local/bin:/usr/bin:/bin").pdftotext;
    if (real.empty()) {
        GTEST_SKIP() << "pdftotext is not installed (apt-get install poppler-utils)";
    }
    const auto found = read_one(setup(real), {"a.pdf", pdf_of("Hello from page one")});
    EXPECT_EQ(name_of(found.trouble), "");
    EXPECT_THAT(found.text, HasSubstr("Hello from page one"));
    EXPECT_EQ(read_one(setup(real), order("nonsense")).trouble, Trouble::broken);
}

TEST(Extractor, loses_only_the_attachment_that_fails) {
    Extractor extractor(setup());
    const auto found = read(extractor, {docx("before"), bomb(), order("crash"), docx("after"),
                                        order("refuse"), order("fine")});
    EXPECT_EQ(found.at(0).text, "before\n");
    EXPECT_EQ(found.at(1).trouble, Trouble::too_large);
    EXPECT_EQ(found.at(2).trouble, Trouble::crashed);
    EXPECT_EQ(found.at(3).text, "after\n");
    EXPECT_EQ(found.at(4).trouble, Trouble::broken);
    EXPECT_EQ(found.at(5).text, "faketext\n");
}

TEST(Extractor, lets_pdftotext_do_nothing_but_read) {
    ::unlink("/tmp/mailkeep-escaped");
    const auto found = read_one(setup(), order("escape"));
    EXPECT_THAT(found.text, AllOf(HasSubstr("socket-refused"), HasSubstr("localsocket-refused"),
                                  HasSubstr("write-refused"), HasSubstr("kill-refused"),
                                  HasSubstr("environment-refused")));
    EXPECT_THAT(found.text, AllOf(HasSubstr("descriptor-refused"), HasSubstr("limit-refused"),
                                  HasSubstr("fork-refused"), HasSubstr("exec-refused"),
                                  HasSubstr("owner-refused"), Not(HasSubstr("allowed"))));
    EXPECT_FALSE(std::filesystem::exists("/tmp/mailkeep-escaped"));
}

TEST(Extractor, ends_what_takes_too_long_or_says_too_much) {
    auto hasty = setup();
    hasty.patience = std::chrono::milliseconds(300);
    EXPECT_EQ(read_one(hasty, order("loop")).trouble, Trouble::time);
    const auto flood = read_one(setup(), order("flood"));
    EXPECT_EQ(flood.trouble, Trouble::cut);
    EXPECT_EQ(flood.text.size(), most_text);
    if (!is_instrumented) {
        EXPECT_EQ(read_one(setup(), order("memory")).text, "memory-refused\n");
    }
}

TEST(Extractor, gives_a_message_no_more_than_its_time) {
    auto hasty = setup();
    hasty.patience = std::chrono::milliseconds(200);
    Extractor extractor(hasty);
    const auto begin = std::chrono::steady_clock::now();
    const auto found = read(extractor, std::vector<Attachment>(30, order("loop")));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    for (const auto& extracted : found) {
        EXPECT_EQ(extracted.trouble, Trouble::time);
    }
}

TEST(Extractor, says_when_there_is_no_program) {
    EXPECT_EQ(read_one(setup(""), order("any")).trouble, Trouble::no_program);
    EXPECT_EQ(read_one(setup("/none/pdftotext"), order("any")).trouble, Trouble::no_program);
    EXPECT_EQ(read_one(setup(""), docx("word")).text, "word\n");
}

TEST(Extractor, believes_nothing_that_its_process_says) {
    auto strange = setup();
    for (const char* program : {"/bin/false", "/bin/true", "/bin/cat"}) {
        strange.program = program;
        EXPECT_EQ(read_one(strange, docx("word")).text, "") << program;
    }
    strange.program = "/bin/false";
    EXPECT_EQ(read_one(strange, docx("word")).trouble, Trouble::crashed);
    strange.program = "/none/mailkeep";
    EXPECT_THROW(static_cast<void>(read_one(strange, docx("word"))), Error);
}

TEST(Extractor, reads_nothing_where_no_process_can_be_locked_down) {
    const test::TempDir folder;
    auto open = setup();
    open.program = folder.path() / "open";
    std::ofstream(open.program) << "#!/bin/sh\nexit 80\n";
    std::filesystem::permissions(open.program, std::filesystem::perms::owner_all);
    Extractor extractor(open);
    for (const auto& extracted : read(extractor, {docx("one"), order("two")})) {
        EXPECT_EQ(extracted.trouble, Trouble::unavailable);
    }
    EXPECT_EQ(read(extractor, {docx("one")}).at(0).trouble, Trouble::unavailable);
}

/// iconv has their tables in libraries, which it opens when it needs them.
TEST(Extractor, knows_all_charsets) {
    if (::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, 1U) < 1) {
        GTEST_SKIP() << "this kernel has no Landlock: the process opens no file";
    }
    const auto found = read_one(
        setup(), {"letter.txt", "\x93\xfa\x96\x7b\x8c\xea", "application/x; charset=shift_jis"});
    EXPECT_EQ(found.text, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
}

TEST(Extractor, begins_anew_after_a_process_that_died) {
    const test::TempDir folder;
    auto mortal = setup();
    mortal.program = folder.path() / "mortal";
    const auto mark = folder.path() / "died";
    std::ofstream(mortal.program) << "#!/bin/sh\nif [ ! -e " << mark.string() << " ]; then touch "
                                  << mark.string() << "; exit 1; fi\nexec "
                                  << MAILKEEP_EXTRACT_CHILD << " extract\n";
    std::filesystem::permissions(mortal.program, std::filesystem::perms::owner_all);
    Extractor extractor(mortal);
    EXPECT_EQ(read(extractor, {docx("first")}).at(0).trouble, Trouble::crashed);
    EXPECT_EQ(read(extractor, {docx("second")}).at(0).text, "second\n");
}

TEST(Extractor, takes_another_process_when_the_one_it_has_is_killed) {
    Extractor extractor(setup());
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(read(extractor, {docx("word")}).at(0).text, "word\n");
        std::ifstream children("/proc/thread-self/children");
        pid_t child = 0;
        if (!(children >> child)) {
            GTEST_SKIP() << "this kernel does not list children";
        }
        ::kill(child, SIGKILL);
    }
    EXPECT_EQ(read(extractor, {docx("word")}).at(0).trouble, Trouble::none);
}

TEST(Extractor, leaves_no_process_behind) {
    {
        Extractor extractor(setup());
        static_cast<void>(read(extractor, {docx("word"), order("crash"), order("flood")}));
    }
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

TEST(Extractor, stops_when_it_is_told_to) {
    Extractor extractor(setup());
    const auto message = message_with({order("loop")});
    std::stop_source stop;
    const std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        stop.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    try {
        static_cast<void>(extractor.read(
            1, [&](const Extractor::Sink& sink) { sink(message); }, stop.get_token()));
        FAIL() << "it was not stopped";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::cancelled);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

}  // namespace mailkeep::extract
