# SPDX-License-Identifier: Apache-2.0
# The house test must find what is wrong in a house that breaks every rule once: fixture/.
set(expected
    "src/imap/looks_up.cpp: imap (floor 3) may not include sync (floor 4)"
    "src/imap/looks_up.cpp: imap (floor 3) may not include pop3 (floor 3)"
    "src/attic/nowhere.cpp: attic is no room of the house"
    "src/imap/looks_up.cpp: imap may not include <sqlite3.h>, only catalog may"
    "include/mailkeep/api/leaks.hpp: <nlohmann/json.hpp> may not stand in a public header"
    "src/imap/looks_up.cpp: catch is not allowed here"
    "include/mailkeep/api/leaks.hpp: has no #pragma once"
    "src/attic/nowhere.cpp: the first line is not the SPDX line"
    "src/base/string_utils.cpp: a file is named after what it is"
    "src/base/string_utils.cpp: \"#include <regex>\": std::regex overflows the stack on long input"
    "src/base/string_utils.cpp:7: a function of 74 lines, the most is 70"
    "11 finding(s)")
execute_process(
  COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_CURRENT_LIST_DIR}/fixture
          -P ${CMAKE_CURRENT_LIST_DIR}/house.cmake
  RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(code EQUAL 0)
  message(FATAL_ERROR "the house test passes a house that breaks every rule")
endif()
foreach(line IN LISTS expected)
  string(FIND "${text}" "${line}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "the house test does not say: ${line}\nbut:\n${text}")
  endif()
endforeach()
