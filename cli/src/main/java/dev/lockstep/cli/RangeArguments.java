package dev.lockstep.cli;

import java.util.Optional;
import picocli.CommandLine.Parameters;

/** A range of keys. */
final class RangeArguments {
  @Parameters(
      index = "0",
      paramLabel = "FROM",
      arity = "0..1",
      description = "The first key (default: the first of all).")
  private String from;

  @Parameters(
      index = "1",
      paramLabel = "TO",
      arity = "0..1",
      description = "The first key that does not belong to it any more (default: none).")
  private String to;

  /** Made by picocli. */
  RangeArguments() {}

  /** The first key; empty if it begins with the first of all. */
  Optional<byte[]> from() {
    return Optional.ofNullable(from).map(Text::bytes);
  }

  /** The first key behind it; empty if it has no end. */
  Optional<byte[]> to() {
    return Optional.ofNullable(to).map(Text::bytes);
  }
}
