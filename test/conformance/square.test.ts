import { square } from './square-subject.ts';
import { conforms } from './suite.ts';

conforms(square);
