/** One copy, in a session of its own; a failure is an exception. */
interface Client {
	void put(String user, String local, String remote) throws Exception;

	void get(String user, String remote, String local) throws Exception;

	/** Of SFTP only. */
	default void remove(String user, String remote) throws Exception {
		throw new UnsupportedOperationException();
	}

	/** A symbolic link to "old"; of SFTP only. */
	default void link(String user, String remote) throws Exception {
		throw new UnsupportedOperationException();
	}

	/** What goes before the last "/", as a shell would be told it. */
	static String directory(String path) {
		int slash = path.lastIndexOf('/');

		if (slash < 0)
			return ".";
		return slash == 0 ? "/" : path.substring(0, slash);
	}

	static String name(String path) {
		return path.substring(path.lastIndexOf('/') + 1);
	}
}
