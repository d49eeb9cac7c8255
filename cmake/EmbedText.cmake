# Run with cmake -P: writes OUTPUT, the initializers of an array of {name, text}, from FILES (separated by "|").
string(REPLACE "|" ";" FILES "${FILES}")
set(content "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" text)
  string(APPEND content "{\"${name}\", R\"nnc~(${text})nnc~\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "${content}")
