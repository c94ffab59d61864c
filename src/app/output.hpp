// SPDX-License-Identifier: Apache-2.0
// What a command says. With --json the result is one line of JSON on standard output and all text
// for people goes to standard error; without, results are text on standard output.
#pragma once

#include "mailkeep/base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace mailkeep::app {

enum class Form { text, json };
enum class Verbosity { quiet, normal, verbose };

struct Style {
    Form form = Form::text;
    Verbosity verbosity = Verbosity::normal;

    friend bool operator==(const Style&, const Style&) = default;
};

/// The two streams of a command: this process's own, or those of a client at the control socket.
class Channel {
  public:
    virtual ~Channel() = default;
    virtual void out(std::string_view octets) = 0;
    virtual void err(std::string_view octets) = 0;
};

/// Descriptors 1 and 2, unbuffered. A reader that went away (EPIPE) is Error{cancelled}, any other
/// failure on standard output Error{storage}; standard error is best effort.
class StandardChannel final : public Channel {
  public:
    void out(std::string_view octets) override;
    void err(std::string_view octets) override;
};

/// What standard error is.
struct Screen {
    bool is_terminal = false;
    bool has_color = false;
    std::size_t columns = 80;
};

/// Of this process; NO_COLOR and TERM=dumb are obeyed.
[[nodiscard]] Screen own_screen();

/// Exit codes of the contract.
enum class ExitCode { done = 0, failed = 1, usage = 2, partial = 3, damaged = 4, in_use = 5 };

[[nodiscard]] ExitCode exit_code_for(Errc code);

/// One thread. Borrows the channel.
class Output {
  public:
    Output(Channel& channel, Style style, Screen screen);

    [[nodiscard]] const Style& style() const { return style_; }

    [[nodiscard]] const Screen& screen() const { return screen_; }

    /// A line (or several) of the result for people.
    void say(std::string_view text);

    /// A line that is not the result: what happens, what to do next. Not when quiet.
    void note(std::string_view text);

    /// The result as JSON; nothing without --json.
    void result(std::string_view json);

    /// Octets to standard output, as they are.
    void raw(std::string_view octets);

    /// "mailkeep: text" on standard error, also when quiet.
    void complain(std::string_view text);

    /// "hint: text", a line of its own after a complaint.
    void advise(std::string_view hint);

    /// Complaint, hint, and with --json the error as result. Returns the code to exit with.
    ExitCode fail(const Error& error);

    /// Puts a line that the next one replaces on a terminal; nothing elsewhere.
    void show_bar(std::string_view line);
    void clear_bar();

  private:
    void to_err(std::string_view text);

    Channel& channel_;
    Style style_;
    Screen screen_;
    bool has_bar_ = false;
};

}  // namespace mailkeep::app
