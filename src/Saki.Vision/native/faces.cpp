// The C functions that Saki.Vision/Faces imports: OpenCV's CascadeClassifier, and no C++ exception ever leaves.
// A classifier keeps state while it looks, so it belongs to one caller at a time.
// Every function returns 0 for success; otherwise `error` holds the reason, cut to `error_size` bytes with its final zero.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/core/version.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#define SAKI_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

int fail(const char *reason, char *error, int error_size) {
  std::snprintf(error, static_cast<size_t>(error_size), "%s", reason);
  return 1;
}

template <typename Body> int guarded(char *error, int error_size, Body body) {
  try {
    return body();
  } catch (const std::exception &e) {
    return fail(e.what(), error, error_size);
  } catch (...) {
    return fail("an unknown C++ exception", error, error_size);
  }
}

// OpenCV prints every error to stderr before it throws; the text travels in the exception anyway.
int silent(int, const char *, const char *, const char *, int, void *) { return 0; }

} // namespace

SAKI_EXPORT const char *saki_faces_version() { return CV_VERSION; }

SAKI_EXPORT int saki_faces_open(const char *path, void **classifier, char *error, int error_size) {
  return guarded(error, error_size, [&] {
    cv::redirectError(silent);
    cv::setNumThreads(1); // callers are the parallelism; TBB's pool would compete with ONNX Runtime's
    auto opened = std::make_unique<cv::CascadeClassifier>();
    if (!opened->load(path) || opened->empty()) return fail("not a cascade that OpenCV can read", error, error_size);
    *classifier = opened.release();
    return 0;
  });
}

SAKI_EXPORT void saki_faces_close(void *classifier) { delete static_cast<cv::CascadeClassifier *>(classifier); }

// Finds faces in a grey picture without row padding. At most `capacity` boxes (x, y, width, height) are written; `found` says how many.
SAKI_EXPORT int saki_faces_find(void *classifier, const std::uint8_t *grey, int width, int height, double step, int neighbours, int smallest,
                                std::int32_t *boxes, int capacity, int *found, char *error, int error_size) {
  return guarded(error, error_size, [&] {
    const cv::Mat picture(height, width, CV_8UC1, const_cast<std::uint8_t *>(grey));
    cv::Mat even; // equal use of all grey levels: back-lit faces are found too
    cv::equalizeHist(picture, even);
    std::vector<cv::Rect> faces;
    static_cast<cv::CascadeClassifier *>(classifier)->detectMultiScale(even, faces, step, neighbours, 0, cv::Size(smallest, smallest));
    *found = 0;
    for (const auto &face : faces) {
      if (*found == capacity) break;
      auto *box = boxes + 4 * (*found)++;
      box[0] = face.x;
      box[1] = face.y;
      box[2] = face.width;
      box[3] = face.height;
    }
    return 0;
  });
}
