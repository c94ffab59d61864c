// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/extract/extractor.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "child.hpp"
#include "desk.hpp"
#include "format.hpp"
#include "frame.hpp"

#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstring>
#include <optional>

namespace mailkeep::extract {

namespace {

constexpr int patience_of_message = 3;  ///< times that with an attachment

constexpr std::array<std::string_view, 8> trouble_names{
    "", "cut", "too_large", "broken", "time", "crashed", "no_program", "unavailable"};

/// Why a process said nothing more. The limit of processor time ends it with SIGXCPU.
Trouble trouble_of(int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == exit_unavailable) {
        return Trouble::unavailable;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == exit_no_program) {
        return Trouble::no_program;
    }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? Trouble::time : Trouble::crashed;
}

/// What it says is not believed: it has read a stranger's octets.
Extracted checked(std::uint32_t trouble, std::string_view text) {
    Extracted extracted{to_valid_utf8(text), Trouble::crashed};
    extracted.text.resize(clip(extracted.text, most_text).size());
    if (trouble < trouble_names.size()) {
        extracted.trouble = static_cast<Trouble>(trouble);
    }
    return extracted;
}

}  // namespace

std::string_view name_of(Trouble trouble) {
    return trouble_names.at(static_cast<std::size_t>(trouble));
}

class Extractor::State {
  public:
    explicit State(Setup setup) : setup_(std::move(setup)) {}

    /// None of the message was read yet.
    void begin(const Feed& feed, const std::stop_token& stop) {
        feed_ = &feed;
        stop_ = stop;
        is_open_ = false;
        is_used_ = worker_ != nullptr;
        until_ = std::chrono::steady_clock::now() + patience_of_message * setup_.patience;
    }

    /// The format of each attachment, or why they are not known.
    Trouble open(std::string& formats) {
        if (noted_ == Trouble::unavailable) {
            return noted_;
        }
        const bool was_used = worker_ != nullptr;
        auto trouble = try_to_open(formats);
        if (worker_ == nullptr && was_used) {
            trouble = try_to_open(formats);
        }
        return trouble;
    }

    /// A process that has read others may have been at its end anyway: a new one is asked again.
    Extracted read(std::size_t position, Format format) {
        if (std::chrono::steady_clock::now() >= until_) {
            return {{}, Trouble::time};
        }
        const bool was_used = is_used_;
        auto extracted = try_to_read(position, format);
        if (worker_ == nullptr && was_used) {
            extracted = try_to_read(position, format);
        }
        is_used_ = true;
        return extracted;
    }

    /// Nothing of the message is held any longer.
    void finish() { desk_.clear(); }

    /// Says it once.
    void note(Trouble trouble) {
        const bool is_about_machine =
            trouble == Trouble::unavailable || trouble == Trouble::no_program;
        if (is_about_machine && trouble != noted_) {
            noted_ = trouble;
            log_warning(
                "extract.unavailable",
                {{"reason", name_of(trouble)},
                 {"hint", trouble == Trouble::no_program
                              ? "Install poppler-utils to find words of PDF files."
                              : "The kernel must have seccomp: attachments are not read."}});
        }
    }

  private:
    [[nodiscard]] Wait wait() const {
        return {std::min(until_, std::chrono::steady_clock::now() + setup_.patience), stop_};
    }

    [[nodiscard]] std::unique_ptr<Child> start(std::vector<std::string> arguments) {
        return std::make_unique<Child>(setup_.program, std::move(arguments), desk_.descriptor());
    }

    Trouble try_to_open(std::string& formats) {
        if (worker_ == nullptr) {
            worker_ = start({"mailkeep", "extract"});
            is_used_ = false;
        }
        desk_.clear();
        (*feed_)([&](std::string_view octets) { desk_.append(octets); });
        const auto answer = ask({Request::Kind::message, 0});
        formats = answer.text;
        is_open_ = answer.trouble == Trouble::none;
        return answer.trouble;
    }

    Extracted try_to_read(std::size_t position, Format format) {
        std::string formats;
        if (worker_ == nullptr || !is_open_) {
            if (const auto trouble = open(formats); trouble != Trouble::none) {
                return {{}, trouble};
            }
        }
        auto extracted = ask({Request::Kind::attachment, static_cast<std::uint32_t>(position)});
        if (format == Format::pdf && extracted.trouble == Trouble::none) {
            extracted = read_pdf();
        }
        return extracted;
    }

    /// After one that is not answered there is no worker any more.
    Extracted ask(const Request& request) {
        const auto patience = wait();
        std::string said;
        auto received = Received::ended;
        Answer answer;
        if (worker_->send(octets_of(request))) {
            received = worker_->receive(said, sizeof answer, patience);
        }
        if (received == Received::all) {
            std::memcpy(&answer, said.data(), sizeof answer);
            said.clear();
            if (answer.octets <= most_answer) {
                received = worker_->receive(said, answer.octets, patience);
            } else {
                received = Received::ended;
            }
        }
        if (received == Received::all) {
            return request.kind == Request::Kind::message ? Extracted{said, Trouble::none}
                                                          : checked(answer.trouble, said);
        }
        return {{}, end_of(worker_, received, patience)};
    }

    /// The PDF lies on the desk.
    Extracted read_pdf() {
        if (setup_.pdftotext.empty()) {
            return {{}, Trouble::no_program};
        }
        auto reader = start({"mailkeep", "extract", setup_.pdftotext.string()});
        const auto patience = wait();
        std::string text;
        const auto received = reader->receive(text, most_text + 1, patience);
        if (received == Received::all) {
            return checked(static_cast<std::uint32_t>(Trouble::cut), text);
        }
        const auto status = received == Received::ended ? reader->end(patience) : 0;
        if (received == Received::ended && WIFEXITED(status) &&
            WEXITSTATUS(status) < exit_unavailable) {
            const auto trouble = WEXITSTATUS(status) == 0 ? Trouble::none : Trouble::broken;
            return checked(static_cast<std::uint32_t>(trouble), text);
        }
        return checked(static_cast<std::uint32_t>(received == Received::ended ? trouble_of(status)
                                                                              : Trouble::time),
                       text);
    }

    /// Why a process gave no answer; it is gone afterwards.
    static Trouble end_of(std::unique_ptr<Child>& child, Received received, const Wait& patience) {
        const auto ended = std::move(child);
        return received == Received::too_late ? Trouble::time : trouble_of(ended->end(patience));
    }

    Setup setup_;
    Desk desk_;
    std::unique_ptr<Child> worker_;
    bool is_used_ = false;  ///< it has read an attachment before
    bool is_open_ = false;  ///< it has the message
    const Feed* feed_ = nullptr;
    std::stop_token stop_;
    std::chrono::steady_clock::time_point until_;
    Trouble noted_ = Trouble::none;
};

Extractor::Extractor(Setup setup) : state_(std::make_unique<State>(std::move(setup))) {}

Extractor::~Extractor() = default;

std::vector<Extracted> Extractor::read(std::size_t attachments, const Feed& feed,
                                       const std::stop_token& stop) {
    std::vector<Extracted> found(attachments);
    state_->begin(feed, stop);
    std::string formats;
    if (const auto trouble = state_->open(formats); trouble != Trouble::none) {
        state_->note(trouble);
        for (auto& extracted : found) {
            extracted.trouble = trouble;
        }
        return found;
    }
    std::size_t octets = 0;
    for (std::size_t i = 0; i < std::min(attachments, formats.size()); ++i) {
        const auto format = static_cast<Format>(formats[i]);
        if (format == Format::none) {
            continue;
        }
        if (octets >= most_text_of_message) {
            found[i].trouble = Trouble::cut;
            continue;
        }
        found[i] = state_->read(i, format);
        octets += found[i].text.size();
        state_->note(found[i].trouble);
    }
    state_->finish();
    return found;
}

}  // namespace mailkeep::extract
