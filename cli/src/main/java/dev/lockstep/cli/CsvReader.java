package dev.lockstep.cli;

import java.io.IOException;
import java.io.PushbackReader;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads comma-separated values (RFC 4180): fields may be in double quotes, and then contain commas,
 * line breaks and, doubled, quotes. Empty lines are skipped.
 */
final class CsvReader {
  private static final int END = -1;

  /** More than any request can carry: a quote that is never closed must not fill the memory. */
  private static final int RECORD_CHARS_MAX = 1 << 20;

  private final PushbackReader in;
  private long line = 1;
  private long recordLine;
  private int recordChars;

  CsvReader(Reader in) {
    this.in = new PushbackReader(in);
  }

  /** The line, from 1, on which the last record began. */
  long line() {
    return recordLine;
  }

  /**
   * The next record, or null at the end.
   *
   * @throws IOException with a sentence that names the line if the file is not well-formed
   */
  List<String> next() throws IOException {
    while (true) {
      recordLine = line;
      recordChars = 0;
      int first = read();
      if (first == END) {
        return null;
      }
      if (first != '\n') {
        in.unread(first);
        return fields();
      }
    }
  }

  private List<String> fields() throws IOException {
    List<String> fields = new ArrayList<>();
    while (true) {
      StringBuilder field = new StringBuilder();
      int end = field(field);
      fields.add(field.toString());
      if (end != ',') {
        return fields;
      }
    }
  }

  /** Reads a field and returns what ended it: a comma, a line feed or the end. */
  private int field(StringBuilder field) throws IOException {
    int next = read();
    if (next == '"') {
      return quoted(field);
    }
    while (next != ',' && next != '\n' && next != END) {
      if (next == '"') {
        throw new IOException(
            "Line " + line + " has a quote within a field that does not begin with one");
      }
      field.append((char) next);
      next = read();
    }
    return next;
  }

  private int quoted(StringBuilder field) throws IOException {
    while (true) {
      int next = read();
      if (next == END) {
        throw new IOException("Line " + recordLine + " has a quote that is never closed");
      }
      if (next != '"') {
        field.append((char) next);
        continue;
      }
      int after = read();
      if (after == ',' || after == '\n' || after == END) {
        return after;
      }
      if (after != '"') {
        throw new IOException(
            "Line " + line + " goes on after a closing quote; a quote in a field is doubled");
      }
      field.append('"');
    }
  }

  /** The next character; a carriage return before a line feed is left out. */
  private int read() throws IOException {
    int next = in.read();
    if (next == '\r') {
      int after = in.read();
      if (after == '\n') {
        next = after;
      } else if (after != END) {
        in.unread(after);
      }
    }
    if (next == '\n') {
      line++;
    }
    if (++recordChars > RECORD_CHARS_MAX) {
      throw new IOException(
          "The record that begins on line "
              + recordLine
              + " has more than "
              + RECORD_CHARS_MAX
              + " characters; is a quote not closed?");
    }
    return next;
  }
}
