#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <pthread.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include <heddle/checker/internal/spill.h>

namespace heddle::internal {

namespace {

/// While it lives, a write beyond the limit of a file's size is an error and no more: its signal
/// would end the process.
class WithoutSignal {
 public:
  WithoutSignal() {
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }

  ~WithoutSignal() {
    const std::timespec at_once{};
    if (::sigismember(&before_, SIGXFSZ) == 0) {
      static_cast<void>(::sigtimedwait(&signal_, nullptr, &at_once));
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  WithoutSignal(const WithoutSignal&) = delete;
  WithoutSignal& operator=(const WithoutSignal&) = delete;

 private:
  ::sigset_t signal_{};
  ::sigset_t before_{};
};

}  // namespace

Spill::Spill() {
  const char* const given = std::getenv("TMPDIR");
  directory_ = given != nullptr && *given != '\0' ? given : "/var/tmp";
  std::string name = directory_ + "/heddle-XXXXXX";
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) {
    fail(errno);
  } else {
    ::unlink(name.c_str());
  }
}

Spill::~Spill() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

void Spill::fail(int error) {
  error_ = directory_ + ": " + std::generic_category().message(error);
}

bool Spill::write(std::uint64_t at, const std::byte* bytes, std::size_t size) {
  const WithoutSignal without_signal;
  while (size != 0 && error_.empty()) {
    const ::ssize_t written = ::pwrite(file_, bytes, size, static_cast<::off_t>(at));
    if (written > 0) {
      at += static_cast<std::uint64_t>(written);
      bytes += written;
      size -= static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      fail(written == 0 ? ENOSPC : errno);
    }
  }
  return error_.empty();
}

void Spill::read(std::uint64_t at, std::byte* bytes, std::size_t size) const {
  while (size != 0) {
    const ::ssize_t got = ::pread(file_, bytes, size, static_cast<::off_t>(at));
    if (got > 0) {
      at += static_cast<std::uint64_t>(got);
      bytes += got;
      size -= static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      throw std::runtime_error("a temporary file in " + directory_ + " cannot be read: " +
                               std::generic_category().message(got == 0 ? EIO : errno));
    }
  }
}

}  // namespace heddle::internal
