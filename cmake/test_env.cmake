# Read by ctest before it runs anything: tests leave no saved runs behind.
set(ENV{AMAPSTORM_RUNS} none)
