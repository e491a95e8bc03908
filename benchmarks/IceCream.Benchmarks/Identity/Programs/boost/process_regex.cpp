#include <boost/process.hpp>
#include <boost/regex.hpp>
#include <boost/filesystem.hpp>
#include <string>
int run() { boost::process::child c("true"); return boost::regex_match(std::string("a"), boost::regex("[a-z]")) + boost::filesystem::exists("/"); }
