package dev.lockstep.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Tells folders that are not what they should be from those that this user may not read. */
final class Folders {
  private Folders() {}

  /**
   * Demands that a file is there.
   *
   * @param otherwise the sentence if it is not
   * @throws ConfigException with that sentence, or with another one if nobody can tell
   */
  static void require(Path file, String otherwise) throws ConfigException {
    try {
      if (Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
        return;
      }
    } catch (NoSuchFileException e) {
      throw new ConfigException(otherwise, e);
    } catch (AccessDeniedException e) {
      throw new ConfigException(
          file + " cannot be read: this user may not look into that folder", e);
    } catch (FileSystemException e) {
      if (!(e instanceof NotDirectoryException) && !"Not a directory".equals(e.getReason())) {
        throw new ConfigException(file + " cannot be read: " + e.getReason(), e);
      }
    } catch (IOException e) {
      throw new ConfigException(file + " cannot be read: " + e.getMessage(), e);
    }
    throw new ConfigException(otherwise);
  }
}
