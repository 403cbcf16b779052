package dev.lockstep.crypto;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Files and texts in the form of RFC 7468. */
public final class Pem {
  static final String CERTIFICATE = "CERTIFICATE";
  static final String PRIVATE_KEY = "PRIVATE KEY";
  static final String ENDORSEMENT = "LOCKSTEP CLIENT ENDORSEMENT";

  private static final int LINE = 64;

  /** Nothing that is read here is longer. */
  private static final long MAX_FILE = 1 << 16;

  private Pem() {}

  /** A certificate as text. */
  public static String text(X509Certificate certificate) {
    return text(CERTIFICATE, X509Issuer.encode(certificate));
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException with a sentence if it is no certificate
   */
  public static X509Certificate certificate(String text) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(decode(CERTIFICATE, text)));
    } catch (CertificateException e) {
      throw new IllegalArgumentException("the certificate cannot be read: " + e.getMessage(), e);
    }
  }

  private static String text(String type, byte[] bytes) {
    String lines = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n";
  }

  private static byte[] decode(String type, String text) {
    Matcher matcher =
        Pattern.compile(
                "\\s*-----BEGIN "
                    + type
                    + "-----([A-Za-z0-9+/=\\s]*)-----END "
                    + type
                    + "-----\\s*")
            .matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("there is no PEM text of the kind " + type);
    }
    try {
      return Base64.getMimeDecoder().decode(matcher.group(1));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the PEM text is damaged", e);
    }
  }

  static void writePublic(Path file, String type, byte[] bytes) throws IOException {
    write(file, text(type, bytes));
  }

  /** The file is its owner's alone from the moment that it exists. */
  static void writePrivate(Path file, String type, byte[] bytes) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      write(
          file,
          text(type, bytes),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return;
    }
    Files.createFile(file);
    File plain = file.toFile();
    if (!(plain.setReadable(false, false) && plain.setReadable(true, true))) {
      throw new IOException(
          file + " cannot be kept from other users on this file system; choose another");
    }
    writeSynced(file, text(type, bytes));
  }

  private static void write(Path file, String text, FileAttribute<?>... attributes)
      throws IOException {
    try {
      Files.createFile(file, attributes);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " exists already; keys are never overwritten", e);
    }
    writeSynced(file, text);
  }

  /** A key that a power failure takes away is a member that is lost. */
  private static void writeSynced(Path file, String text) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  static byte[] read(Path file, String type) throws IOException {
    try {
      if (Files.size(file) > MAX_FILE) {
        throw new IOException(file + " is too long for a PEM file");
      }
      return decode(type, Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new IOException(file + " is missing", e);
    } catch (IllegalArgumentException | MalformedInputException e) {
      throw new IOException(file + " cannot be read: " + reason(e), e);
    }
  }

  private static String reason(Exception e) {
    return e instanceof MalformedInputException ? "it is no text" : e.getMessage();
  }

  static PrivateKey readPrivateKey(Path file, String algorithm) throws IOException {
    byte[] bytes = read(file, PRIVATE_KEY);
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " does not hold a private key of the kind " + algorithm, e);
    }
  }

  static X509Certificate readCertificate(Path file) throws IOException {
    try {
      return certificate(text(CERTIFICATE, read(file, CERTIFICATE)));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}
