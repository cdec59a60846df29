# protoc writes the paths of a depfile as they are; make's syntax wants a backslash before a space or #, and $ doubled.
# Usage: cmake -Ddepfile=FILE -P cpp_lite_escape_depfile.cmake
#
# The input is one path a line: outputs end in " \", the last output's line goes on with ": " and the first import, the
# other imports begin with a space and end in "\".
file(READ "${depfile}" text)
string(REGEX REPLACE "[ ]?\\\\\n[ ]?" "\n" text "${text}")
string(STRIP "${text}" text)
string(REGEX REPLACE "([ #])" "\\\\\\1" text "${text}")
string(REPLACE "$" "$$" text "${text}")
string(REPLACE ":\\ /" ": /" text "${text}")
string(REPLACE "\n" " \\\n " text "${text}")
file(WRITE "${depfile}" "${text}\n")
