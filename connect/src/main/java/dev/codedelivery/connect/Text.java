package dev.codedelivery.connect;

/** Texts from records, which may contain halves of surrogate pairs, and addresses. Pure. */
final class Text {
  private Text() {}

  /** Whether it can be encoded: it contains no half of a surrogate pair. */
  static boolean isUnicode(String text) {
    return firstHalf(text, 0) < 0;
  }

  /** The text with each half of a surrogate pair as an escape, such as <code>\\ud83d</code>. */
  static String visible(String text) {
    StringBuilder visible = new StringBuilder(text.length());
    int from = 0;
    for (int half = firstHalf(text, 0); half >= 0; half = firstHalf(text, from)) {
      visible.append(text, from, half);
      visible.append("\\u").append(Integer.toHexString(text.charAt(half)));
      from = half + 1;
    }
    return visible.append(text, from, text.length()).toString();
  }

  /** An address for messages and the log; of a login it shows only that there is one. */
  static String withoutLogin(String address) {
    // The last @ of several: a password may have one as well. The scheme may be forgotten.
    return address.replaceFirst("^(\\w+://)?.*@", "$1…@");
  }

  /** The index of the first half of a pair; negative when there is none. */
  private static int firstHalf(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (i + 1 == text.length()
            || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
          return i;
        }
        i++;
      }
    }
    return -1;
  }
}
