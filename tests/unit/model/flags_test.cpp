// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/flags.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;

TEST(Flags, takes_system_flags_in_any_case_and_drops_recent) {
    Flags flags;
    flags.add("\\SEEN");
    flags.add("\\Recent");
    flags.add("$Junk");
    flags.add("$Junk");
    flags.add("");
    EXPECT_TRUE(flags.seen);
    EXPECT_EQ(flags.keywords, std::vector<std::string>{"$Junk"});
}

TEST(Flags, reads_what_it_writes) {
    for (const auto* text : {"", "\\Seen", "\\Answered \\Flagged \\Deleted \\Seen \\Draft",
                             "\\Seen $Forwarded \\Odd work"}) {
        EXPECT_EQ(to_text(flags_from_text(text)),
                  to_text(flags_from_text(to_text(flags_from_text(text)))));
    }
    EXPECT_EQ(to_text(flags_from_text("zeta \\draft alpha \\seen")), "\\Seen \\Draft alpha zeta");
}
