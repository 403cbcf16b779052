package dev.lockstep.cli;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.InvocationTimeoutException;
import dev.lockstep.cli.fabric.FabricCommand;
import dev.lockstep.cli.sql.SqlCommand;
import dev.lockstep.services.ServiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep} command. */
@Command(
    name = "lockstep",
    description = "Byzantine fault-tolerant state machine replication.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      InitCommand.class,
      ClientCertCommand.class,
      UpCommand.class,
      StatusCommand.class,
      DownCommand.class,
      ReplicaCommand.class,
      KvCommand.class,
      MapCommand.class,
      LogCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      SqlCommand.class,
      BenchCommand.class,
      TortureCommand.class,
      SoakCommand.class,
      SimCommand.class,
      FabricCommand.class,
      CompletionCommand.class
    })
public final class Main implements Runnable {

  /** The exit code for a command that was understood but did not succeed. */
  static final int FAILED = 1;

  /** The exit code for input that the command cannot work with. */
  static final int BAD_INPUT = 2;

  /** The exit code for a defect in Lockstep itself. */
  static final int INTERNAL_ERROR = 70;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  Main() {}

  /**
   * Runs the command and ends the Java virtual machine with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    CommandLine command = commandLine();
    System.exit(areText(args, command) ? command.execute(args) : BAD_INPUT);
  }

  /**
   * Java decodes arguments in the charset of the locale, and replaces what is none of its
   * characters: in the C locale every letter with an accent. Then two keys would be one.
   */
  static boolean areText(String[] args, CommandLine command) {
    for (String arg : args) {
      if (arg.indexOf('\uFFFD') >= 0) {
        report(
            command,
            "The argument '"
                + Text.printable(arg)
                + "' is no text in the charset of the locale, "
                + System.getProperty("sun.jnu.encoding")
                + "; set LC_ALL=C.UTF-8, or give it in a file or through a pipe, as UTF-8.");
        return false;
      }
    }
    return true;
  }

  /** Returns the command line with all subcommands and the handling of errors. */
  static CommandLine commandLine() {
    CommandLine main = withErrorsReported(new CommandLine(new Main()));
    for (String service : List.of("kv", "map")) {
      ServiceCommand.describe(main.getSubcommands().get(service), "lockstep " + service + " DIR ");
    }
    return main;
  }

  /** Makes one sentence out of every error. */
  static CommandLine withErrorsReported(CommandLine command) {
    return command
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::reportBadInput)
        .setExecutionExceptionHandler(Main::reportFailure);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  private static int reportBadInput(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    report(command, sentence(e.getMessage()) + " See '" + name + " --help'.");
    return BAD_INPUT;
  }

  private static int reportFailure(
      Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
    if (cause instanceof IOException io) {
      report(command, sentence(describe(io)));
      return BAD_INPUT;
    }
    if (e instanceof InvocationTimeoutException) {
      report(command, e.getMessage() + ". Do enough replicas run? See 'lockstep status'.");
      return FAILED;
    }
    if (e instanceof CommandFailure
        || e instanceof InvocationException
        || e instanceof ServiceException) {
      report(command, sentence(e.getMessage()));
      return FAILED;
    }
    report(command, sentence("Internal error: " + e));
    if (System.getenv("LOCKSTEP_DEBUG") != null) {
      e.printStackTrace(command.getErr());
    }
    return INTERNAL_ERROR;
  }

  private static String describe(IOException e) {
    if (e instanceof NoSuchFileException missing) {
      return "No such file: " + missing.getFile();
    }
    if (e instanceof FileAlreadyExistsException existing) {
      return "File exists already: " + existing.getFile();
    }
    if (e instanceof AccessDeniedException denied) {
      return "Not permitted: " + denied.getFile();
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private static void report(CommandLine command, String line) {
    command.getErr().println("lockstep: " + line);
    command.getErr().flush();
  }

  /** Makes one line that ends in a full stop out of any message. */
  private static String sentence(String message) {
    String line = message == null ? "Bad input" : message.strip().replaceAll("\\s*\\R\\s*", " ");
    return line.endsWith(".") || line.endsWith("?") || line.endsWith("!") ? line : line + ".";
  }

  /** Reads the version from the manifest of the jar. */
  public static final class Version implements IVersionProvider {

    /** Made by picocli. */
    Version() {}

    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"lockstep " + (version == null ? "(development build)" : version)};
    }
  }
}
