package dev.lockstep.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser.ParseContext;
import org.jline.reader.SyntaxError;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Runs the subcommands of a command line by line. */
final class Shell {
  private final String name;
  private final CommandLine commands;
  private final List<String> prefix = new ArrayList<>();
  private final DefaultParser parser = new DefaultParser();

  /**
   * @param name shown in the prompt
   * @param commands whose subcommands are run
   * @param directory the argument that comes before the subcommand
   */
  Shell(String name, CommandLine commands, String directory, boolean json, int timeoutSeconds) {
    this.name = name;
    this.commands = commands;
    prefix.add(directory);
    if (json) {
      prefix.add("--json");
    }
    prefix.add("--timeout=" + timeoutSeconds);
    parser.setEofOnUnclosedQuote(true);
    // In a shell the usage of a command is reached by its name alone.
    commands.setParameterExceptionHandler(this::reportBadInput);
  }

  /** Whether a person sits at the other end of the standard input. */
  static boolean isInteractive() {
    return System.console() != null;
  }

  private int reportBadInput(ParameterException e, String[] arguments) {
    PrintWriter err = commands.getErr();
    String message = e.getMessage().strip();
    String command = e.getCommandLine().getCommandName();
    boolean known = commands.getSubcommands().containsKey(command);
    err.println(
        "lockstep: "
            + message
            + (message.endsWith(".") ? "" : ".")
            + (known ? " See 'help " + command + "'." : " See 'help'."));
    err.flush();
    return Main.BAD_INPUT;
  }

  /**
   * Runs lines from a file or pipe and stops at the first that fails.
   *
   * @return its exit code, or 0
   */
  int runAll(InputStream in) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (isEnd(line)) {
        return 0;
      }
      int code = run(line);
      if (code != 0) {
        commands.getErr().println("lockstep: Stopped at line " + number + ".");
        commands.getErr().flush();
        return code;
      }
    }
    return 0;
  }

  /** Runs lines that somebody types, until he ends it. */
  int interact(Path history) throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .parser(parser)
              .completer((line, parsed, candidates) -> complete(parsed, candidates))
              .variable(LineReader.HISTORY_FILE, history)
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      terminal.writer().println("Type 'help' for the commands, 'exit' to leave.");
      while (true) {
        try {
          String line = reader.readLine(name + "> ");
          if (isEnd(line)) {
            return 0;
          }
          run(line);
        } catch (UserInterruptException e) {
          continue; // Ctrl-C gives up the line only.
        } catch (EndOfFileException e) {
          return 0;
        }
      }
    }
  }

  private static boolean isEnd(String line) {
    String word = line.strip();
    return word.equals("exit") || word.equals("quit");
  }

  /** Runs one line and returns its exit code. */
  int run(String line) {
    String text = line.strip();
    if (text.isEmpty() || text.startsWith("#")) {
      return 0;
    }
    List<String> words;
    try {
      words = parser.parse(text, text.length(), ParseContext.ACCEPT_LINE).words();
    } catch (SyntaxError e) {
      commands.getErr().println("lockstep: A quote in this line is not closed.");
      commands.getErr().flush();
      return Main.BAD_INPUT;
    }
    if (words.get(0).equals("help")) {
      return help(words.subList(1, words.size()));
    }
    if (!commands.getSubcommands().containsKey(words.get(0))) {
      commands.getErr().println("lockstep: Unknown command '" + words.get(0) + "'. See 'help'.");
      commands.getErr().flush();
      return Main.BAD_INPUT;
    }
    List<String> arguments = new ArrayList<>(prefix);
    arguments.addAll(words);
    return commands.execute(arguments.toArray(new String[0]));
  }

  private int help(List<String> about) {
    PrintWriter out = commands.getOut();
    Map<String, CommandLine> known = new TreeMap<>(commands.getSubcommands());
    if (!about.isEmpty() && known.containsKey(about.get(0))) {
      known.get(about.get(0)).usage(out);
      out.flush();
      return 0;
    }
    int width = known.keySet().stream().mapToInt(String::length).max().orElse(0);
    known.forEach(
        (word, command) -> {
          String[] description = command.getCommandSpec().usageMessage().description();
          out.println(
              "  "
                  + word
                  + " ".repeat(width + 2 - word.length())
                  + (description.length == 0 ? "" : description[0]));
        });
    out.println("  exit" + " ".repeat(Math.max(1, width - 2)) + "Leave (or Ctrl-D).");
    out.println("'help COMMAND' says more. Words with spaces go in quotes.");
    out.flush();
    return 0;
  }

  /** Commands at the first word, then the options of the command. */
  void complete(ParsedLine line, List<Candidate> candidates) {
    if (line.wordIndex() == 0) {
      commands.getSubcommands().keySet().forEach(word -> candidates.add(new Candidate(word)));
      List.of("help", "exit").forEach(word -> candidates.add(new Candidate(word)));
      return;
    }
    String first = line.words().get(0);
    if (first.equals("help")) {
      commands.getSubcommands().keySet().forEach(word -> candidates.add(new Candidate(word)));
      return;
    }
    CommandLine command = commands.getSubcommands().get(first);
    if (command == null) {
      return;
    }
    if (line.word().startsWith("-")) {
      CommandSpec spec = command.getCommandSpec();
      for (OptionSpec option : spec.options()) {
        if (!option.hidden()) {
          candidates.add(new Candidate(option.longestName()));
        }
      }
    }
  }
}
