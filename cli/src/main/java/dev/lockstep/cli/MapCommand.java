package dev.lockstep.cli;

import dev.lockstep.services.map.BftMapList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The {@code lockstep map} command. */
@Command(
    name = "map",
    description = {
      "Use the map of lists of a cluster (service map, the papers' BFTMapList).",
      "A table is a list of texts under a name. Without a command it opens a shell, or reads"
          + " commands from a file or pipe, one a line, and stops at the first that fails. Put --"
          + " before a text that begins with a dash."
    },
    sortOptions = false,
    synopsisSubcommandLabel = "[COMMAND]",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class MapCommand extends ServiceCommand {
  private static final int ENTRIES_PER_READ = 10_000;

  /** Made by picocli. */
  MapCommand() {
    this(Connector::overNetwork);
  }

  MapCommand(Connector connector) {
    super(connector);
  }

  @Override
  ServiceCommand with(Connector other) {
    return new MapCommand(other);
  }

  private static CommandFailure noTable(String table) {
    return new CommandFailure("There is no table '" + table + "'");
  }

  private static CommandFailure noEntry(String table, long index) {
    return new CommandFailure("Table '" + table + "' has no entry " + index);
  }

  @Command(
      name = "put",
      description = "Make a table, or replace all its entries.",
      mixinStandardHelpOptions = true)
  int put(
      @Parameters(index = "0", paramLabel = "TABLE", description = "Its name.") String table,
      @Parameters(
              index = "1..*",
              arity = "0..*",
              paramLabel = "ENTRY",
              description = "Its entries.")
          List<String> entries)
      throws IOException, InterruptedException {
    List<String> list = entries == null ? List.of() : entries;
    return calling(
        invoker -> {
          boolean replaced = new BftMapList(invoker).set(table, list);
          print(
              replaced ? "Replaced" : "Made",
              fields("table", table, "size", list.size(), "replaced", replaced));
          return 0;
        });
  }

  @Command(
      name = "add",
      description = "Append an entry to a table, which is made if there is none.",
      mixinStandardHelpOptions = true)
  int add(
      @Parameters(paramLabel = "TABLE", description = "The table's name.") String table,
      @Parameters(paramLabel = "ENTRY", description = "The entry.") String entry)
      throws IOException, InterruptedException {
    return calling(
        invoker -> {
          long index = new BftMapList(invoker).putEntry(table, entry);
          print("Entry " + index, fields("table", table, "index", index));
          return 0;
        });
  }

  @Command(
      name = "get",
      description = "Print an entry of a table, or all.",
      mixinStandardHelpOptions = true)
  int get(
      @Parameters(paramLabel = "TABLE", description = "The table's name.") String table,
      @Parameters(
              paramLabel = "INDEX",
              arity = "0..1",
              description = "Which one, from 0 (default: all).")
          Long index)
      throws IOException, InterruptedException {
    if (index == null) {
      return entries(table, 0, null);
    }
    return calling(
        invoker -> {
          String entry =
              new BftMapList(invoker)
                  .getEntry(table, index)
                  .orElseThrow(() -> noEntry(table, index));
          print(entry, fields("table", table, "index", index, "entry", entry));
          return 0;
        });
  }

  @Command(
      name = "set",
      description = "Replace an entry of a table.",
      mixinStandardHelpOptions = true)
  int set(
      @Parameters(paramLabel = "TABLE", description = "The table's name.") String table,
      @Parameters(paramLabel = "INDEX", description = "Which one, from 0.") long index,
      @Parameters(paramLabel = "ENTRY", description = "The new entry.") String entry)
      throws IOException, InterruptedException {
    return calling(
        invoker -> {
          String before =
              new BftMapList(invoker)
                  .setEntry(table, index, entry)
                  .orElseThrow(() -> noEntry(table, index));
          print("Replaced", fields("table", table, "index", index, "before", before));
          return 0;
        });
  }

  @Command(
      name = "entries",
      description = "Print the entries of a table, one a line.",
      mixinStandardHelpOptions = true)
  int entries(
      @Parameters(paramLabel = "TABLE", description = "The table's name.") String table,
      @Option(
              names = "--from",
              paramLabel = "INDEX",
              defaultValue = "0",
              description = "Begin with this one (default: ${DEFAULT-VALUE}).")
          long from,
      @Option(
              names = "--limit",
              paramLabel = "N",
              description = "Print at most so many (default: all).")
          Long limit)
      throws IOException, InterruptedException {
    if (from < 0) {
      throw bad("--from is " + from + " but must be at least 0");
    }
    if (limit != null && limit < 1) {
      throw bad("--limit is " + limit + " but must be at least 1");
    }
    return calling(
        invoker -> {
          BftMapList map = new BftMapList(invoker);
          List<String> collected = new ArrayList<>();
          long printed = 0;
          long total;
          int got;
          do {
            int most =
                (int) Math.min(ENTRIES_PER_READ, limit == null ? Long.MAX_VALUE : limit - printed);
            BftMapList.Part part =
                map.entries(table, from + printed, most).orElseThrow(() -> noTable(table));
            got = part.entries().size();
            printed += got;
            total = part.total();
            if (isJson()) {
              collected.addAll(part.entries());
            } else {
              part.entries().forEach(out()::println);
            }
          } while (got > 0 && from + printed < total && (limit == null || printed < limit));
          if (isJson()) {
            Json.print(
                out(), fields("table", table, "size", total, "from", from, "entries", collected));
          }
          return 0;
        });
  }

  @Command(
      name = "tables",
      description = "Print the names of all tables, one a line.",
      mixinStandardHelpOptions = true)
  int tables() throws IOException, InterruptedException {
    return calling(
        invoker -> {
          BftMapList map = new BftMapList(invoker);
          if (isJson()) {
            Json.print(out(), fields("tables", new ArrayList<>(map.keySet())));
          } else {
            map.keySet().forEach(out()::println);
          }
          return 0;
        });
  }

  @Command(
      name = "size",
      description = "Print how many entries a table has, or how many tables there are.",
      mixinStandardHelpOptions = true)
  int size(
      @Parameters(paramLabel = "TABLE", arity = "0..1", description = "The table's name.")
          String table)
      throws IOException, InterruptedException {
    return calling(
        invoker -> {
          BftMapList map = new BftMapList(invoker);
          long size =
              table == null ? map.size() : map.sizeOf(table).orElseThrow(() -> noTable(table));
          print(
              Long.toString(size),
              table == null ? fields("size", size) : fields("table", table, "size", size));
          return 0;
        });
  }

  @Command(
      name = "remove",
      description = "Remove a table, or an entry of it.",
      mixinStandardHelpOptions = true)
  int remove(
      @Parameters(paramLabel = "TABLE", description = "The table's name.") String table,
      @Parameters(
              paramLabel = "INDEX",
              arity = "0..1",
              description = "The entry, from 0; those after it move up.")
          Long index)
      throws IOException, InterruptedException {
    return calling(
        invoker -> {
          BftMapList map = new BftMapList(invoker);
          if (index != null) {
            String removed = map.removeEntry(table, index).orElseThrow(() -> noEntry(table, index));
            print("Removed", fields("table", table, "index", index, "entry", removed));
          } else if (map.delete(table)) {
            print("Removed", fields("table", table));
          } else {
            throw noTable(table);
          }
          return 0;
        });
  }

  @Command(
      name = "load",
      description = {
        "Append the lines of a file to tables.",
        "FILE.csv has the name of a table and one or more entries on each line, separated by"
            + " commas; fields with commas or line breaks in double quotes. Each line of any other"
            + " file is an entry of the table that --table names. Stops at the first line that"
            + " fails."
      },
      mixinStandardHelpOptions = true)
  int load(
      @Parameters(paramLabel = "FILE", description = "The file, in UTF-8.") Path file,
      @Option(
              names = "--table",
              paramLabel = "TABLE",
              description = "Where lines go (default: the table that is named as the file is).")
          String table)
      throws IOException, InterruptedException {
    BulkLoad.Source source = BulkLoad.Source.of(file);
    if (source == BulkLoad.Source.CSV && table != null) {
      throw bad("--table is for lines; a CSV file names the table on each line");
    }
    String target =
        table != null ? table : file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    return calling(
        invoker -> {
          BftMapList map = new BftMapList(invoker);
          return load(
              source,
              file,
              record ->
                  source == BulkLoad.Source.CSV
                      ? appended(map, record)
                      : List.of(() -> map.putEntryAsync(target, record.get(0))));
        });
  }

  private static List<Supplier<CompletableFuture<?>>> appended(
      BftMapList map, List<String> record) {
    if (record.size() < 2) {
      throw new IllegalArgumentException(
          "expected the name of a table and one or more entries, but found 1 field");
    }
    List<Supplier<CompletableFuture<?>>> calls = new ArrayList<>();
    record
        .subList(1, record.size())
        .forEach(entry -> calls.add(() -> map.putEntryAsync(record.get(0), entry)));
    return calls;
  }
}
