package dev.lockstep.cli;

import dev.lockstep.api.Executable;
import dev.lockstep.api.Recoverable;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.replica.ServiceReplica;
import dev.lockstep.services.Services;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The options that say what is replicated. */
final class ServiceOptions {
  @Option(
      names = "--service",
      paramLabel = "NAME|CLASS",
      defaultValue = "map",
      description =
          "What is replicated: map, kv, counter, echo, or a class with a constructor without"
              + " parameters (default: ${DEFAULT-VALUE}).")
  private String service;

  @Option(
      names = "--classpath",
      paramLabel = "PATH",
      description = "Where that class is: jars and folders, separated as in a class path.")
  private String classpath;

  /** Made by picocli. */
  ServiceOptions() {}

  /** The same options for another process, which need not run in the same folder. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("--service", service));
    if (classpath != null) {
      List<String> absolute =
          places().stream().map(Path::toAbsolutePath).map(Path::toString).toList();
      arguments.add("--classpath");
      arguments.add(String.join(File.pathSeparator, absolute));
    }
    return arguments;
  }

  private List<Path> places() {
    return Pattern.compile(Pattern.quote(File.pathSeparator))
        .splitAsStream(classpath)
        .filter(place -> !place.isEmpty())
        .map(Path::of)
        .toList();
  }

  /**
   * A replica of a new instance of the service.
   *
   * @throws IllegalArgumentException with one sentence if there is no such service
   */
  ServiceReplica.Builder replica(ReplicaDirectory directory) {
    if (Services.names().contains(service)) {
      return builder(directory, Services.create(service)).another(() -> Services.create(service));
    }
    Object made = newInstance();
    if (!(made instanceof Executable && made instanceof Recoverable)) {
      throw new IllegalArgumentException(
          "class "
              + service
              + " is no service: it must implement dev.lockstep.api.Service (or Executable and"
              + " Recoverable)");
    }
    return builder(directory, made).another(() -> (Recoverable) newInstance());
  }

  @SuppressWarnings("unchecked") // checked by the caller, which the compiler cannot see
  private static <S extends Executable & Recoverable> ServiceReplica.Builder builder(
      ReplicaDirectory directory, Object service) {
    return ServiceReplica.builder(
        directory.cluster(), directory.settings(), directory.credentials(), (S) service);
  }

  private Object newInstance() {
    try {
      return Class.forName(service, true, loader()).getConstructor().newInstance();
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(
          "there is no service or class '"
              + service
              + "'; services are "
              + String.join(", ", Services.names())
              + ", and classes are looked for where --classpath says",
          e);
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(
          "class " + service + " needs a public constructor without parameters", e);
    } catch (ReflectiveOperationException | LinkageError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalArgumentException("class " + service + " cannot be made: " + cause, e);
    }
  }

  private ClassLoader loader() {
    ClassLoader own = ServiceOptions.class.getClassLoader();
    if (classpath == null) {
      return own;
    }
    List<URL> urls = new ArrayList<>();
    for (Path place : places()) {
      if (!Files.exists(place)) {
        throw new IllegalArgumentException("--classpath names " + place + ", which does not exist");
      }
      try {
        urls.add(place.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new IllegalArgumentException("--classpath names " + place + ", which is no path", e);
      }
    }
    // Open as long as the process runs: the service may load classes at any time.
    return new URLClassLoader(urls.toArray(URL[]::new), own);
  }
}
