package dev.lockstep.cli;

import dev.lockstep.services.kv.Expectation;
import dev.lockstep.services.kv.KeyValueStore;
import dev.lockstep.services.kv.KeyValueStore.Entry;
import dev.lockstep.services.kv.KeyValueStore.Outcome;
import dev.lockstep.services.kv.KeyValueStore.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The {@code lockstep kv} command. */
@Command(
    name = "kv",
    description = {
      "Use the key-value store of a cluster (service kv).",
      "Without a command it opens a shell, or reads commands from a file or pipe, one a line, and"
          + " stops at the first that fails. Keys and values are texts; put -- before one that"
          + " begins with a dash."
    },
    sortOptions = false,
    synopsisSubcommandLabel = "[COMMAND]",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class KvCommand extends ServiceCommand {
  /** Made by picocli. */
  KvCommand() {
    this(Connector::overNetwork);
  }

  KvCommand(Connector connector) {
    super(connector);
  }

  @Override
  ServiceCommand with(Connector other) {
    return new KvCommand(other);
  }

  private static Map<String, Object> fieldsOf(Entry entry) {
    return fields(
        "key", Text.of(entry.key()), "value", Text.of(entry.value()), "version", entry.version());
  }

  @Command(name = "get", description = "Print the value of a key.", mixinStandardHelpOptions = true)
  int get(@Parameters(paramLabel = "KEY", description = "The key.") String key)
      throws IOException, InterruptedException {
    return calling(
        invoker -> {
          Entry entry =
              new KeyValueStore(invoker)
                  .get(Text.bytes(key))
                  .orElseThrow(() -> new CommandFailure("There is no key '" + key + "'"));
          print(Text.of(entry.value()), fieldsOf(entry));
          return 0;
        });
  }

  @Command(name = "put", description = "Set the value of a key.", mixinStandardHelpOptions = true)
  int put(
      @Parameters(paramLabel = "KEY", description = "The key.") String key,
      @Parameters(paramLabel = "VALUE", description = "Its new value.") String value)
      throws IOException, InterruptedException {
    return calling(
        invoker -> {
          long version = new KeyValueStore(invoker).put(Text.bytes(key), Text.bytes(value));
          print("Version " + version, fields("key", key, "version", version));
          return 0;
        });
  }

  @Command(name = "delete", description = "Remove a key.", mixinStandardHelpOptions = true)
  int delete(
      @Parameters(paramLabel = "KEY", description = "The key.") String key,
      @Mixin ExpectationOptions options)
      throws IOException, InterruptedException {
    Optional<Expectation> expected = options.expectation(false);
    return calling(
        invoker -> {
          KeyValueStore store = new KeyValueStore(invoker);
          boolean deleted =
              expected.isPresent()
                  ? store.compareAndDelete(Text.bytes(key), expected.get()).done()
                  : store.delete(Text.bytes(key));
          if (!deleted) {
            throw new CommandFailure(
                expected.isPresent()
                    ? "Key '" + key + "' is not as expected; it was left as it is"
                    : "There is no key '" + key + "'");
          }
          print("Deleted", fields("key", key, "deleted", true));
          return 0;
        });
  }

  @Command(
      name = "cas",
      description = "Compare and set: set the value of a key if it is as expected.",
      mixinStandardHelpOptions = true)
  int cas(
      @Parameters(paramLabel = "KEY", description = "The key.") String key,
      @Parameters(paramLabel = "VALUE", description = "Its new value.") String value,
      @Option(names = "--if-absent", description = "Only if it has no value.") boolean ifAbsent,
      @Mixin ExpectationOptions options)
      throws IOException, InterruptedException {
    Expectation expected =
        options
            .expectation(ifAbsent)
            .orElseThrow(() -> bad("Say what to expect: --if-absent, --if-value or --if-version"));
    return calling(
        invoker -> {
          Outcome outcome =
              new KeyValueStore(invoker)
                  .compareAndSet(Text.bytes(key), expected, Text.bytes(value));
          if (!outcome.done()) {
            throw new CommandFailure(
                "Key '"
                    + key
                    + "' is not as expected; it "
                    + (outcome.version() == 0 ? "has no value" : "has version " + outcome.version())
                    + " and was left as it is");
          }
          print("Version " + outcome.version(), fields("key", key, "version", outcome.version()));
          return 0;
        });
  }

  @Command(
      name = "range",
      description = "Print keys and values in the order of the keys.",
      mixinStandardHelpOptions = true)
  int range(
      @Mixin RangeArguments keys,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "100",
              description = "Print at most so many (default: ${DEFAULT-VALUE}).")
          int limit)
      throws IOException, InterruptedException {
    if (limit < 1) {
      throw bad("--limit is " + limit + " but must be at least 1");
    }
    return calling(
        invoker -> {
          KeyValueStore store = new KeyValueStore(invoker);
          Optional<byte[]> end = keys.to();
          Optional<byte[]> next = keys.from();
          List<Entry> entries = new ArrayList<>();
          do {
            Page page = store.range(next, end, limit - entries.size());
            entries.addAll(page.entries());
            next = page.next();
          } while (next.isPresent() && entries.size() < limit);
          printRange(entries, next.isPresent());
          return 0;
        });
  }

  private void printRange(List<Entry> entries, boolean more) {
    if (isJson()) {
      Json.print(
          out(),
          fields("entries", entries.stream().map(KvCommand::fieldsOf).toList(), "more", more));
      return;
    }
    entries.forEach(
        entry ->
            out()
                .println(
                    Text.printable(Text.of(entry.key()))
                        + "\t"
                        + Text.printable(Text.of(entry.value()))));
    if (more) {
      err().println("There are more: give a larger --limit, or begin behind the last key.");
      err().flush();
    }
  }

  @Command(name = "count", description = "Count keys.", mixinStandardHelpOptions = true)
  int count(@Mixin RangeArguments keys) throws IOException, InterruptedException {
    return calling(
        invoker -> {
          long count = new KeyValueStore(invoker).count(keys.from(), keys.to());
          print(Long.toString(count), fields("count", count));
          return 0;
        });
  }

  @Command(
      name = "load",
      description = {
        "Set all keys of a file.",
        "FILE.csv has a key and a value on each line, separated by a comma; fields with commas or"
            + " line breaks in double quotes. Any other file has a key and a value on each line,"
            + " separated by a tab. Stops at the first line that fails."
      },
      mixinStandardHelpOptions = true)
  int load(@Parameters(paramLabel = "FILE", description = "The file, in UTF-8.") Path file)
      throws IOException, InterruptedException {
    BulkLoad.Source source = BulkLoad.Source.of(file);
    return calling(
        invoker -> {
          KeyValueStore store = new KeyValueStore(invoker);
          return load(
              source,
              file,
              record -> {
                List<String> pair =
                    source == BulkLoad.Source.CSV ? record : List.of(record.get(0).split("\t", 2));
                if (pair.size() != 2) {
                  throw new IllegalArgumentException(
                      "expected a key and a value, separated by a "
                          + (source == BulkLoad.Source.CSV ? "comma" : "tab")
                          + ", but found "
                          + pair.size()
                          + (pair.size() == 1 ? " field" : " fields"));
                }
                return List.of(
                    () -> store.putAsync(Text.bytes(pair.get(0)), Text.bytes(pair.get(1))));
              });
        });
  }
}
