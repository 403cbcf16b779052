package dev.lockstep.cli;

import dev.lockstep.services.kv.Expectation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a key must be like for a command to change it. */
final class ExpectationOptions {
  @Option(names = "--if-value", paramLabel = "VALUE", description = "Only if this is its value.")
  private String value;

  @Option(
      names = "--if-version",
      paramLabel = "VERSION",
      description = "Only if this is its version.")
  private Long version;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Made by picocli. */
  ExpectationOptions() {}

  /**
   * What is expected; empty if nothing is.
   *
   * @param absent of the command's own: the key must have no value
   */
  Optional<Expectation> expectation(boolean absent) {
    List<Expectation> given = new ArrayList<>();
    if (absent) {
      given.add(Expectation.absent());
    }
    if (value != null) {
      given.add(Expectation.value(Text.bytes(value)));
    }
    if (version != null) {
      given.add(Expectation.version(version));
    }
    if (given.size() > 1) {
      throw new ParameterException(
          spec.commandLine(), "Only one of --if-absent, --if-value and --if-version can be given");
    }
    return given.stream().findFirst();
  }
}
