# SPDX-License-Identifier: Apache-2.0
# cmake -DROOT=<source folder> -P house.cmake    names every line that breaks a rule of the house,
# and fails when there is one. The rules are in tables.cmake.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/tables.cmake)
set(findings 0)

function(complain text)
  message("${text}")
  math(EXPR findings "${findings}+1")
  set(findings ${findings} PARENT_SCOPE)
endfunction()

# house_sources(<variable> <pattern>...): paths relative to ROOT
function(house_sources variable)
  list(TRANSFORM ARGN PREPEND ${ROOT}/)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ARGN})
  list(FILTER files EXCLUDE REGEX "^tests/house/")
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

house_sources(rooms_files src/*.cpp src/*.hpp include/mailkeep/*.hpp)
house_sources(all_files src/*.cpp src/*.hpp include/mailkeep/*.hpp tests/*.cpp tests/*.hpp
              tests/*.c tests/*.py)

foreach(check floors libraries catches words sizes)
  include(${CMAKE_CURRENT_LIST_DIR}/${check}.cmake)
endforeach()

if(findings)
  message(FATAL_ERROR "${findings} finding(s): the rules stand in tests/house/tables.cmake")
endif()
